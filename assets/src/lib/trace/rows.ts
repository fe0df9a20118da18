/** The rows of the waterfall: the tree with closed subtrees left out and long runs of equal siblings folded. */
import type { Trace, TraceNode } from './span_tree';

/** A run of this many siblings of one name becomes one row. */
const kFoldFrom = 5;

export interface SpanLine {
  type: 'span';
  key: string;
  node: TraceNode;
  depth: number;
  position: number;
  siblings: number;
  /** Inside an opened fold: the key of the fold. */
  fold: string | null;
}

export interface FoldLine {
  type: 'fold';
  key: string;
  name: string;
  nodes: TraceNode[];
  depth: number;
  position: number;
  siblings: number;
  open: boolean;
}

export type Line = SpanLine | FoldLine;

export interface View {
  closed: ReadonlySet<number>;
  open_folds: ReadonlySet<string>;
  /** Only these nodes (and their ancestors, which the caller has added) are shown; null shows all. */
  only: ReadonlySet<number> | null;
}

function same_kind(a: TraceNode, b: TraceNode): boolean {
  return a.name === b.name && a.row?.kind === b.row?.kind;
}

/** Splits siblings into runs of equal name and kind, in order of start. */
function runs(trace: Trace, children: readonly number[]): TraceNode[][] {
  const result: TraceNode[][] = [];
  for (const index of children) {
    const node = trace.nodes[index]!;
    const last = result[result.length - 1];
    if (last && same_kind(last[0]!, node)) last.push(node);
    else result.push([node]);
  }
  return result;
}

export function build_lines(trace: Trace, view: View): Line[] {
  const lines: Line[] = [];
  interface Frame {
    items: Line[];
    at: number;
  }
  const root: SpanLine = { type: 'span', key: 's0', node: trace.nodes[0]!, depth: 0, position: 1, siblings: 1, fold: null };
  const stack: Frame[] = [{ items: [root], at: 0 }];
  while (stack.length > 0) {
    const frame = stack[stack.length - 1]!;
    const line = frame.items[frame.at];
    if (!line) {
      stack.pop();
      continue;
    }
    frame.at += 1;
    lines.push(line);
    const below = line.type === 'fold' ? unfolded(line) : children_of(trace, line, view);
    if (below.length > 0) stack.push({ items: below, at: 0 });
  }
  return lines;
}

function unfolded(fold: FoldLine): Line[] {
  if (!fold.open) return [];
  return fold.nodes.map((node, at) => ({
    type: 'span',
    key: `s${node.index}`,
    node,
    depth: fold.depth + 1,
    position: at + 1,
    siblings: fold.nodes.length,
    fold: fold.key,
  }));
}

function children_of(trace: Trace, line: SpanLine, view: View): Line[] {
  const node = line.node;
  if (node.children.length === 0 || view.closed.has(node.index)) return [];
  const shown = view.only ? node.children.filter((index) => view.only!.has(index)) : node.children;
  const groups = runs(trace, shown);
  const items: Line[] = [];
  const depth = line.depth + 1;
  for (const group of groups) {
    const first = group[0]!;
    const foldable = group.length >= kFoldFrom && view.only === null;
    if (foldable) {
      const key = `f${first.index}`;
      const open = view.open_folds.has(key);
      items.push({ type: 'fold', key, name: first.name, nodes: group, depth, position: 0, siblings: 0, open });
      continue;
    }
    for (const one of group) {
      items.push({ type: 'span', key: `s${one.index}`, node: one, depth, position: 0, siblings: 0, fold: null });
    }
  }
  items.forEach((item, at) => {
    item.position = at + 1;
    item.siblings = items.length;
  });
  return items;
}

/** The nodes that pass and everything above them; null when nothing is filtered. */
export function with_ancestors(trace: Trace, passes: ((node: TraceNode) => boolean) | null): Set<number> | null {
  if (passes === null) return null;
  const kept = new Set<number>([0]);
  for (const node of trace.nodes) {
    if (!passes(node)) continue;
    for (let at = node.index; at >= 0 && !kept.has(at); at = trace.nodes[at]!.parent) kept.add(at);
  }
  return kept;
}

export interface Tick {
  at: number;
  label_ns: number;
}

/** Five to eight round values across [from, to], in ns. */
export function ticks(from: number, to: number, wanted = 6): Tick[] {
  const length = to - from;
  if (!(length > 0)) return [];
  const raw = length / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => length / size <= wanted + 1) ?? raw;
  const result: Tick[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to * (1 + 1e-12); n += 1) {
    result.push({ at: n * step, label_ns: n * step });
  }
  return result;
}
