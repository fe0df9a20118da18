/** Which rows of a list are chosen, by key. A range runs from the row touched last. */
export class Selection {
  private chosen = $state.raw<ReadonlySet<string>>(new Set());
  private anchor: string | null = null;

  get size(): number {
    return this.chosen.size;
  }

  has(key: string): boolean {
    return this.chosen.has(key);
  }

  toggle(key: string): void {
    const next = new Set(this.chosen);
    if (!next.delete(key)) next.add(key);
    this.chosen = next;
    this.anchor = key;
  }

  /** Chooses everything between the row touched last and this one, in the order of the screen. */
  extend(order: readonly string[], key: string): void {
    const to = order.indexOf(key);
    if (to < 0) return;
    const from = this.anchor === null ? -1 : order.indexOf(this.anchor);
    const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    this.chosen = new Set([...this.chosen, ...order.slice(first, last + 1)]);
    this.anchor = key;
  }

  /** All, or none when all were chosen. */
  toggle_all(order: readonly string[]): void {
    const all = order.length > 0 && order.every((key) => this.chosen.has(key));
    this.chosen = new Set(all ? [] : order);
  }

  /** Forgets what is on the screen no longer. */
  keep(order: readonly string[]): void {
    const kept = order.filter((key) => this.chosen.has(key));
    if (kept.length !== this.chosen.size) this.chosen = new Set(kept);
  }

  clear(): void {
    this.chosen = new Set();
    this.anchor = null;
  }
}
