/** State of a waterfall: what is open, selected, filtered and zoomed, and how the keys move it. */
import { router } from '../router.svelte';
import { build_lines, with_ancestors, type Line } from './rows';
import { plain_id, type Trace, type TraceNode } from './span_tree';

export interface Zoom {
  from: number;
  to: number;
}

export class Waterfall {
  readonly trace: Trace;
  closed = $state.raw<ReadonlySet<number>>(new Set());
  open_folds = $state.raw<ReadonlySet<string>>(new Set());
  text = $state('');
  only_errors = $state(false);
  only_critical = $state(false);
  /** A subtree in focus; 0 is everything. */
  focus = $state(0);
  selected = $state('s0');

  private readonly passes = $derived.by((): ((node: TraceNode) => boolean) | null => {
    const words = this.text.trim().toLowerCase();
    if (words === '' && !this.only_errors && !this.only_critical && this.focus === 0) return null;
    const inside = this.focus === 0 ? null : this.subtree(this.focus);
    return (node) =>
      (words === '' || node.name.toLowerCase().includes(words)) &&
      (!this.only_errors || node.error) &&
      (!this.only_critical || node.critical) &&
      (inside === null || inside.has(node.index));
  });

  readonly lines = $derived.by((): Line[] =>
    build_lines(this.trace, {
      closed: this.closed,
      open_folds: this.open_folds,
      only: with_ancestors(this.trace, this.passes),
    }),
  );

  readonly at = $derived(Math.max(0, this.lines.findIndex((line) => line.key === this.selected)));
  readonly line = $derived(this.lines[this.at] ?? this.lines[0]!);

  readonly zoom = $derived.by((): Zoom => {
    const found = /^(\d+)-(\d+)$/.exec(router.query.get('z') ?? '');
    const from = Number(found?.[1]) * 1000;
    const to = Number(found?.[2]) * 1000;
    return found && from < to ? { from, to } : { from: 0, to: this.trace.length };
  });
  readonly zoomed = $derived.by(() => this.zoom.from > 0 || this.zoom.to < this.trace.length);

  constructor(trace: Trace) {
    this.trace = trace;
    const wanted = router.query.get('span');
    const node = wanted === null ? undefined : trace.nodes.find((one) => plain_id(one.id) === wanted);
    if (node) this.reveal(node);
  }

  /** Offsets in ns; written to the address in µs. */
  set_zoom(zoom: Zoom | null): void {
    if (zoom === null) {
      router.set({ z: null }, 'replace');
      return;
    }
    const from = Math.max(0, Math.floor(zoom.from / 1000));
    const to = Math.min(Math.ceil(this.trace.length / 1000), Math.ceil(zoom.to / 1000));
    if (to > from) router.set({ z: `${from}-${to}` }, 'replace');
  }

  select(key: string): void {
    this.selected = key;
    const line = this.lines.find((one) => one.key === key);
    const id = line?.type === 'span' && line.node.index > 0 ? plain_id(line.node.id) : null;
    router.set({ span: id }, 'replace');
  }

  move(step: number): void {
    const next = this.lines[Math.max(0, Math.min(this.lines.length - 1, this.at + step))];
    if (next) this.select(next.key);
  }

  /** Opens or closes the line; with no way given, the other of the two. */
  toggle(line: Line, open?: boolean): void {
    if (line.type === 'fold') {
      this.open_folds = changed(this.open_folds, line.key, open ?? !line.open);
    } else {
      this.closed = changed(this.closed, line.node.index, !(open ?? this.closed.has(line.node.index)));
    }
  }

  toggle_subtree(line: Line, open: boolean): void {
    const roots = line.type === 'fold' ? line.nodes.map((node) => node.index) : [line.node.index];
    const closed = new Set(this.closed);
    for (const root of roots) {
      for (const index of this.subtree(root)) {
        if (open) closed.delete(index);
        else if (this.trace.nodes[index]!.children.length > 0) closed.add(index);
      }
    }
    this.closed = closed;
    if (line.type === 'fold') this.open_folds = changed(this.open_folds, line.key, open);
  }

  open_all(): void {
    this.closed = new Set();
  }

  /** Leaves the request and its direct children. */
  close_all(): void {
    this.closed = new Set(this.trace.nodes.filter((node) => node.index > 0 && node.children.length > 0).map((node) => node.index));
    this.open_folds = new Set();
  }

  is_open(line: Line): boolean | null {
    if (line.type === 'fold') return line.open;
    return line.node.children.length === 0 ? null : !this.closed.has(line.node.index);
  }

  left(subtree: boolean): void {
    const line = this.line;
    if (subtree) this.toggle_subtree(line, false);
    else if (this.is_open(line) === true) this.toggle(line, false);
    else this.select_parent(line);
  }

  right(subtree: boolean): void {
    const line = this.line;
    const open = this.is_open(line);
    if (subtree) this.toggle_subtree(line, true);
    else if (open === false) this.toggle(line, true);
    else if (open === true) this.move(1);
  }

  next_error(): void {
    this.next_of(this.trace.order.filter((index) => this.trace.nodes[index]!.error));
  }

  /** Spans by self time, longest first, one per call. */
  next_slowest(): void {
    const by_self = [...this.trace.order].sort((a, b) => this.trace.nodes[b]!.self - this.trace.nodes[a]!.self);
    this.next_of(by_self.slice(0, 20));
  }

  /** Selects a node and opens everything above it. */
  reveal(node: TraceNode): void {
    const closed = new Set(this.closed);
    for (let at = node.parent; at >= 0; at = this.trace.nodes[at]!.parent) closed.delete(at);
    this.closed = closed;
    const key = `s${node.index}`;
    if (!this.lines.some((line) => line.key === key)) {
      const fold = this.lines.find((line) => line.type === 'fold' && line.nodes.includes(node));
      if (fold) this.open_folds = changed(this.open_folds, fold.key, true);
    }
    this.selected = key;
  }

  private next_of(indexes: number[]): void {
    if (indexes.length === 0) return;
    const now = this.line.type === 'span' ? indexes.indexOf(this.line.node.index) : -1;
    const next = this.trace.nodes[indexes[(now + 1) % indexes.length]!]!;
    this.reveal(next);
    this.select(`s${next.index}`);
  }

  private select_parent(line: Line): void {
    for (let at = this.at - 1; at >= 0; at -= 1) {
      if (this.lines[at]!.depth < line.depth) {
        this.select(this.lines[at]!.key);
        return;
      }
    }
  }

  private subtree(root: number): Set<number> {
    const found = new Set<number>([root]);
    const stack = [root];
    while (stack.length > 0) {
      for (const child of this.trace.nodes[stack.pop()!]!.children) {
        found.add(child);
        stack.push(child);
      }
    }
    return found;
  }
}

function changed<T>(set: ReadonlySet<T>, value: T, present: boolean): Set<T> {
  const copy = new Set(set);
  if (present) copy.add(value);
  else copy.delete(value);
  return copy;
}
