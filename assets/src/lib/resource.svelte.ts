/** Data of one block: the four states, old data kept while new loads, stale answers dropped, retries for passing failures. */
import { untrack } from 'svelte';
import { ApiError } from './api';

const kRetryAfterMs = [2000, 5000, 15_000];
/** A skeleton before this would only flicker. */
const kSkeletonAfterMs = 150;

export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  loading = $state(true);
  /** The first load takes long enough to show its shape. */
  slow = $state(false);
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private slow_timer: ReturnType<typeof setTimeout> | undefined;
  private fetcher: ((signal: AbortSignal) => Promise<T>) | null = null;

  /** Loads; `fresh` forgets the old data, because it belongs to another subject. */
  load(fetcher: (signal: AbortSignal) => Promise<T>, fresh = false): void {
    this.fetcher = fetcher;
    if (fresh) this.data = null;
    clearTimeout(this.timer);
    void this.attempt(0);
  }

  retry(): void {
    if (this.fetcher) void this.attempt(0);
  }

  stop(): void {
    this.running?.abort();
    clearTimeout(this.timer);
    clearTimeout(this.slow_timer);
  }

  private async attempt(tries: number): Promise<void> {
    this.running?.abort();
    clearTimeout(this.slow_timer);
    const controller = new AbortController();
    this.running = controller;
    this.loading = true;
    this.slow = false;
    this.slow_timer = setTimeout(() => (this.slow = true), kSkeletonAfterMs);
    try {
      const data = await this.fetcher!(controller.signal);
      if (controller.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (controller.signal.aborted) return;
      this.error = error instanceof ApiError ? error : new ApiError(0, String(error), null, null);
      const wait = kRetryAfterMs[tries];
      if (this.error.passing && wait !== undefined) {
        this.timer = setTimeout(() => void this.attempt(tries + 1), wait);
      }
    } finally {
      if (this.running === controller) {
        clearTimeout(this.slow_timer);
        this.loading = false;
      }
    }
  }
}

/**
 * A block's data, loaded again whenever what `ask` reads changes. `ask` runs inside an effect and returns the call
 * to make, or null for "not yet". A changed `subject` drops the old data instead of dimming it.
 */
export function use_resource<T>(
  ask: () => ((signal: AbortSignal) => Promise<T>) | null,
  subject: () => unknown = () => null,
): Resource<T> {
  const resource = new Resource<T>();
  let last: unknown = null;
  $effect(() => {
    const fetcher = ask();
    const now = subject();
    if (fetcher) {
      untrack(() => resource.load(fetcher, now !== last));
      last = now;
    }
  });
  $effect(() => () => resource.stop());
  return resource;
}
