/**
 * Turns the spans of one trace into a tree with geometry, self time and the critical path. Every pass is linear
 * but for sorting siblings; times are nanoseconds since the start of the trace.
 *
 * Invariants: node 0 is the request itself; every other node has exactly one parent and is reachable from node 0;
 * siblings are in order of start; `order` lists all nodes depth first.
 */
import type { AttributeMap, SpanRow, TraceRoot } from '../types';

export interface TraceNode {
  index: number;
  /** As sent, possibly padded; see plain_id. */
  id: string;
  name: string;
  parent: number;
  depth: number;
  start: number;
  duration: number;
  end: number;
  self: number;
  children: number[];
  /** Spans below this one. */
  descendants: number;
  error: boolean;
  critical: boolean;
  service: string;
  group: Group;
  /** null for the request itself. */
  row: SpanRow | null;
}

export type Group = 'app' | 'db' | 'http' | 'cache' | 'queue' | 'template' | 'ai';

export interface Trace {
  nodes: TraceNode[];
  order: number[];
  /** From the first start to the last end. */
  length: number;
  /** Wall clock of offset 0, in ms since 1970 UTC. */
  start_ms: number;
  services: string[];
  errors: number;
  orphans: number;
  cycles: number;
  skewed: number;
}

const kPadding = '00000000-0000-0000-';

/** Span ids arrive as 16 hex digits or zero-padded to a dashed UUID. */
export function plain_id(id: string | undefined | null): string {
  if (!id) return '';
  if (id.length === 36 && id.startsWith(kPadding)) return (id.slice(19, 23) + id.slice(24)).toLowerCase();
  const hex = id.replaceAll('-', '').toLowerCase();
  return hex.length === 32 && hex.startsWith('0000000000000000') ? hex.slice(16) : hex;
}

/** The minute that was parsed last: spans of one trace share a few of them. */
let last_minute = '';
let last_minute_ms = 0;

/** Nanoseconds between `base_ms` and an RFC 3339 time in UTC; exact for ranges of days. */
export function ns_since(text: string, base_ms: number): number {
  const minute = text.slice(0, 17);
  if (minute !== last_minute) {
    last_minute = minute;
    last_minute_ms = Date.parse(`${minute}00Z`);
  }
  const seconds = Number(text.slice(17, 19));
  let below_second = 0;
  if (text.charCodeAt(19) === 46) {
    // Digit by digit: this runs for every span, and the number of digits varies.
    let scale = 100_000_000;
    for (let at = 20; scale >= 1; at += 1, scale /= 10) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      below_second += digit * scale;
    }
  }
  return (last_minute_ms - base_ms + seconds * 1000) * 1e6 + below_second;
}

function group_of_attributes(kind: number | undefined, attributes: AttributeMap): Group | null {
  let found: Group | null = null;
  for (const key in attributes) {
    if (key.startsWith('gen_ai.') || key.startsWith('llm.')) return 'ai';
    if (key.startsWith('db.')) found = 'db';
    else if (key.startsWith('messaging.')) found ??= 'queue';
    else if (key.startsWith('http.') || key.startsWith('rpc.') || key.startsWith('url.')) found ??= kind === 2 ? 'app' : 'http';
  }
  if (found !== 'db') return found;
  const system = String(attributes['db.system.name'] ?? attributes['db.system'] ?? '');
  return /redis|memcached|valkey/i.test(system) ? 'cache' : 'db';
}

const kTelling = /^(?:select|insert|update|delete|begin|commit|rollback|with|get|post|put|patch)\b|\b(?:render|template|view|cache|redis|memcached)\b/i;

function group_of_name(name: string): Group | null {
  if (!kTelling.test(name)) return null;
  if (/^(select|insert|update|delete|begin|commit|rollback|with)\b/i.test(name)) return 'db';
  if (/\b(render|template|view)\b/i.test(name)) return 'template';
  if (/\b(cache|redis|memcached)\b/i.test(name)) return 'cache';
  if (/^(get|post|put|patch|delete) (https?:|\/)/i.test(name)) return 'http';
  return null;
}

/** What kind of work a span is: by its attributes, else by its name, else by its kind. */
function group_of(row: SpanRow, names: Map<string, Group | null>): Group {
  const by_attributes = row.attributes ? group_of_attributes(row.kind, row.attributes) : null;
  if (by_attributes !== null) return by_attributes;
  let by_name = names.get(row.name);
  if (by_name === undefined) {
    by_name = group_of_name(row.name);
    names.set(row.name, by_name);
  }
  if (by_name !== null && !(by_name === 'http' && row.kind === 2)) return by_name;
  if (row.kind === 4 || row.kind === 5) return 'queue';
  return row.kind === 3 ? 'http' : 'app';
}

/** Most spans have no children: they share one empty list, which nobody writes to. */
const kNone: number[] = [];

function make_node(row: SpanRow, index: number, base_ms: number, names: Map<string, Group | null>): TraceNode {
  const start = ns_since(row.startTime, base_ms);
  const duration = Math.max(0, row.duration);
  return {
    index,
    id: row.id,
    name: row.name,
    parent: 0,
    depth: 1,
    start,
    duration,
    end: start + duration,
    self: duration,
    children: kNone,
    descendants: 0,
    error: row.statusCode === 2,
    critical: false,
    service: row.serviceName ?? '',
    group: group_of(row, names),
    row,
  };
}

/** The request or the run of a task as node 0; its row carries the time it began. */
function make_root(run: TraceRoot, base_ms: number): TraceNode {
  const start = ns_since(run.recordedAt, base_ms);
  const duration = Math.max(0, run.duration);
  const root = run.rootSpan;
  return {
    index: 0,
    id: plain_id(run.spanId),
    name: run.name,
    parent: -1,
    depth: 0,
    start,
    duration,
    end: start + duration,
    self: duration,
    children: kNone,
    descendants: 0,
    error: (run.statusCode ?? 0) >= 500 || run.failed === true || root?.statusCode === 2,
    critical: true,
    service: root?.serviceName ?? '',
    group: 'app',
    row: null,
  };
}

/** Finds nodes by span id as sent; the plain form is computed only for ids that do not match as they stand. */
function make_finder(nodes: TraceNode[]): (id: string) => number | undefined {
  const as_sent = new Map<string, number>();
  for (const node of nodes) {
    if (node.index > 0 && node.id !== '' && !as_sent.has(node.id)) as_sent.set(node.id, node.index);
  }
  const root = nodes[0]!.id;
  let plain: Map<string, number> | null = null;
  return (id) => {
    const direct = as_sent.get(id);
    if (direct !== undefined) return direct;
    const wanted = plain_id(id);
    if (wanted === root) {
      as_sent.set(id, 0);
      return 0;
    }
    plain ??= new Map(nodes.map((node) => [plain_id(node.id), node.index]));
    return plain.get(wanted);
  };
}

/** Gives every node a parent; returns how many named one that is not there. */
function link_parents(nodes: TraceNode[]): number {
  const find = make_finder(nodes);
  let orphans = 0;
  for (const node of nodes) {
    if (node.index === 0) continue;
    const wanted = node.row?.parentSpanId ?? '';
    const found = wanted === '' ? 0 : find(wanted);
    if (found === undefined) orphans += 1;
    node.parent = found === undefined || found === node.index ? 0 : found;
  }
  return orphans;
}

/** Hangs spans that lead back to themselves under the request; returns how many. */
function cut_cycles(nodes: TraceNode[]): number {
  const kNew = 0;
  const kOpen = 1;
  const kDone = 2;
  const state = new Uint8Array(nodes.length);
  state[0] = kDone;
  let cycles = 0;
  for (const first of nodes) {
    const path: TraceNode[] = [];
    let node = first;
    while (state[node.index] === kNew) {
      state[node.index] = kOpen;
      path.push(node);
      const parent = nodes[node.parent]!;
      if (state[parent.index] === kOpen) {
        node.parent = 0;
        cycles += 1;
        break;
      }
      node = parent;
    }
    for (const seen of path) state[seen.index] = kDone;
  }
  return cycles;
}

/** Depth-first order; also sets depth, and moves children that another machine's clock put before their parent. */
function walk(nodes: TraceNode[]): { order: number[]; skewed: number } {
  for (const node of nodes) {
    const parent = nodes[node.parent];
    if (!parent) continue;
    if (parent.children === kNone) parent.children = [node.index];
    else parent.children.push(node.index);
  }
  for (const node of nodes) {
    if (node.children.length > 1) node.children.sort((a, b) => nodes[a]!.start - nodes[b]!.start || a - b);
  }
  const order: number[] = [];
  const moved = new Float64Array(nodes.length);
  const stack = [0];
  let skewed = 0;
  while (stack.length > 0) {
    const node = nodes[stack.pop()!]!;
    order.push(node.index);
    const parent = nodes[node.parent];
    if (parent) {
      node.depth = parent.depth + 1;
      node.start += moved[parent.index]!;
      moved[node.index] = moved[parent.index]!;
      const other_clock = node.service !== '' && parent.service !== '' && node.service !== parent.service;
      if (other_clock && node.start < parent.start) {
        const room = Math.max(0, (parent.duration - node.duration) / 2);
        const delta = parent.start + room - node.start;
        node.start += delta;
        moved[node.index] = moved[node.index]! + delta;
        skewed += 1;
      }
      node.end = node.start + node.duration;
    }
    for (let at = node.children.length - 1; at >= 0; at -= 1) stack.push(node.children[at]!);
  }
  return { order, skewed };
}

/** Stretches of a node that no child covers, as [start, end] pairs. */
export function self_segments(trace: Trace, node: TraceNode): [number, number][] {
  const segments: [number, number][] = [];
  let at = node.start;
  for (const index of node.children) {
    const child = trace.nodes[index]!;
    if (child.start > at) segments.push([at, Math.min(child.start, node.end)]);
    at = Math.max(at, child.end);
    if (at >= node.end) break;
  }
  if (at < node.end) segments.push([at, node.end]);
  return segments;
}

function roll_up(trace: Trace): void {
  const { nodes, order } = trace;
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const node = nodes[order[at]!]!;
    if (node.children.length > 0) {
      let covered = 0;
      let until = node.start;
      for (const index of node.children) {
        const child = nodes[index]!;
        const from = Math.max(child.start, until);
        const to = Math.min(child.end, node.end);
        if (to > from) {
          covered += to - from;
          until = to;
        }
        node.descendants += child.descendants + 1;
      }
      node.self = Math.max(0, node.duration - covered);
    }
  }
}

/** Marks the chain of spans that decided when the request ended: from the end backwards, the child that ended last. */
function mark_critical(trace: Trace): void {
  const stack: [number, number][] = [[0, trace.nodes[0]!.end]];
  while (stack.length > 0) {
    const [index, until] = stack.pop()!;
    const node = trace.nodes[index]!;
    node.critical = true;
    let cursor = Math.min(node.end, until);
    const by_end = [...node.children].sort((a, b) => trace.nodes[b]!.end - trace.nodes[a]!.end);
    for (const child_index of by_end) {
      const child = trace.nodes[child_index]!;
      if (child.end > cursor || child.duration === 0) continue;
      stack.push([child_index, cursor]);
      cursor = child.start;
    }
  }
}

export function build_trace(run: TraceRoot, rows: readonly SpanRow[]): Trace {
  const start_ms = Date.parse(run.recordedAt);
  const nodes: TraceNode[] = [make_root(run, start_ms)];
  const names = new Map<string, Group | null>();
  for (const row of rows) nodes.push(make_node(row, nodes.length, start_ms, names));
  const orphans = link_parents(nodes);
  const cycles = cut_cycles(nodes);
  const { order, skewed } = walk(nodes);

  let first = 0, last = 1, errors = 0;
  first = nodes[0]!.start;
  for (const node of nodes) {
    first = Math.min(first, node.start);
    last = Math.max(last, node.end);
    if (node.error) errors += 1;
  }
  for (const node of nodes) {
    node.start -= first;
    node.end -= first;
  }
  const services = [...new Set(nodes.map((node) => node.service))].filter((name) => name !== '');
  const trace: Trace = {
    nodes,
    order,
    length: Math.max(1, last - first),
    start_ms: start_ms + first / 1e6,
    services,
    errors,
    orphans,
    cycles,
    skewed,
  };
  roll_up(trace);
  mark_critical(trace);
  return trace;
}
