import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { live, use_live } from './live.svelte';

const kPollMs = 4000;
let stop: () => void = () => undefined;

function start(refresh: (signal: AbortSignal) => Promise<void>): void {
  stop = $effect.root(() => use_live(refresh));
  flushSync();
}

function hide(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  stop();
  live.paused = false;
  hide(false);
  vi.useRealTimers();
});

it('live: refreshes again and again, after a failure too, and never twice at once', async () => {
  let running = 0;
  const refresh = vi.fn(async () => {
    running += 1;
    expect(running).toBe(1);
    await new Promise((done) => setTimeout(done, 3 * kPollMs));
    running -= 1;
    throw new Error('gone');
  });
  start(refresh);
  await vi.advanceTimersByTimeAsync(kPollMs - 1);
  expect(refresh).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1 + 3 * kPollMs + kPollMs);
  expect(refresh).toHaveBeenCalledTimes(2);
});

it('live: nobody looks, nothing is asked', async () => {
  const refresh = vi.fn(async () => undefined);
  start(refresh);
  hide(true);
  await vi.advanceTimersByTimeAsync(5 * kPollMs);
  expect(refresh).not.toHaveBeenCalled();
  hide(false);
  await vi.advanceTimersByTimeAsync(kPollMs);
  expect(refresh).toHaveBeenCalledOnce();
});

it('live: pausing and leaving end it and abort what runs', async () => {
  const signals: AbortSignal[] = [];
  start(async (signal) => {
    signals.push(signal);
    await new Promise(() => undefined);
  });
  await vi.advanceTimersByTimeAsync(kPollMs);
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  live.paused = true;
  flushSync();
  expect(signals[0]!.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(3 * kPollMs);
  live.paused = false;
  flushSync();
  await vi.advanceTimersByTimeAsync(kPollMs);
  stop();
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
});
