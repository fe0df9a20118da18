/** News for what is on the screen, while its range ends now and somebody looks. Polls; pages only say what to do then. */
import { time } from './time.svelte';

const kPollMs = 4000;

class Live {
  paused = $state(false);
  /** A range with a fixed end has no news. */
  readonly possible = $derived('preset' in time.choice);
  readonly following = $derived(this.possible && !this.paused);
}

export const live = new Live();

/**
 * Calls `refresh` again and again as long as the component lives, never twice at once. A refresh that fails is left to
 * the next one: what is on the screen stays.
 */
export function use_live(refresh: (signal: AbortSignal) => Promise<void>): void {
  $effect(() => {
    if (!live.following) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function run(): Promise<void> {
      clearTimeout(timer);
      if (!document.hidden) await refresh(controller.signal).catch(() => undefined);
      if (!controller.signal.aborted) timer = setTimeout(() => void run(), kPollMs);
    }
    timer = setTimeout(() => void run(), kPollMs);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  });
}
