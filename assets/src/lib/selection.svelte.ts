/** Which rows of a list are chosen, by key. A range runs from the row touched last. */
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
  private readonly chosen = new SvelteSet<string>();
  private anchor: string | null = null;

  get size(): number {
    return this.chosen.size;
  }

  has(key: string): boolean {
    return this.chosen.has(key);
  }

  toggle(key: string): void {
    if (!this.chosen.delete(key)) this.chosen.add(key);
    this.anchor = key;
  }

  /** Chooses everything between the row touched last and this one, in the order of the screen. */
  extend(order: readonly string[], key: string): void {
    const to = order.indexOf(key);
    const from = this.anchor === null ? to : order.indexOf(this.anchor);
    if (to < 0) return;
    const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    for (const one of order.slice(first, last + 1)) this.chosen.add(one);
    this.anchor = key;
  }

  /** All, or none when all were chosen. */
  toggle_all(order: readonly string[]): void {
    const all = order.length > 0 && order.every((key) => this.chosen.has(key));
    for (const key of order) {
      if (all) this.chosen.delete(key);
      else this.chosen.add(key);
    }
  }

  /** Forgets what is on the screen no longer. */
  keep(order: readonly string[]): void {
    for (const key of [...this.chosen]) if (!order.includes(key)) this.chosen.delete(key);
  }

  clear(): void {
    this.chosen.clear();
    this.anchor = null;
  }
}
