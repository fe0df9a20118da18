import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from './api';
import { Resource } from './resource.svelte';

const gone = (): ApiError => new ApiError(0, 'gone', null, null);
const later = (ms: number): Promise<void> => vi.advanceTimersByTimeAsync(ms).then(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('resource', () => {
  it('old data stays while new data loads', async () => {
    const resource = new Resource<number>();
    resource.load(() => Promise.resolve(1));
    await later(0);
    resource.load(() => new Promise((done) => setTimeout(() => done(2), 100)));
    expect([resource.data, resource.loading]).toEqual([1, true]);
    await later(100);
    expect([resource.data, resource.loading]).toEqual([2, false]);
  });

  it('another subject drops the old data at once', async () => {
    const resource = new Resource<number>();
    resource.load(() => Promise.resolve(1));
    await later(0);
    resource.load(() => new Promise(() => undefined), true);
    expect(resource.data).toBeNull();
  });

  it('an answer that was overtaken is dropped and its request aborted', async () => {
    const resource = new Resource<string>();
    let aborted = false;
    resource.load((signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise((done) => setTimeout(() => done('slow'), 100));
    });
    resource.load(() => Promise.resolve('fast'));
    await later(200);
    expect([resource.data, aborted]).toEqual(['fast', true]);
  });

  it('a skeleton is asked for only after 150 ms', async () => {
    const resource = new Resource<number>();
    resource.load(() => new Promise(() => undefined));
    await later(149);
    expect(resource.slow).toBe(false);
    await later(1);
    expect(resource.slow).toBe(true);
  });

  it('passing failures are tried again after 2, 5 and 15 s, then left alone', async () => {
    const resource = new Resource<number>();
    const fetcher = vi.fn(() => Promise.reject(gone()));
    resource.load(fetcher);
    await later(0);
    expect([fetcher.mock.calls.length, resource.error?.status]).toEqual([1, 0]);
    await later(2000);
    await later(5000);
    await later(15_000);
    await later(60_000);
    expect(fetcher).toHaveBeenCalledTimes(4);
  });

  it('a refusal is not tried again', async () => {
    const resource = new Resource<number>();
    const fetcher = vi.fn(() => Promise.reject(new ApiError(403, 'no', null, null)));
    resource.load(fetcher);
    await later(60_000);
    expect(fetcher).toHaveBeenCalledTimes(1);
  });

  it('an error goes away with the next success, and stopping ends the retries', async () => {
    const resource = new Resource<number>();
    const fetcher = vi.fn<() => Promise<number>>().mockRejectedValueOnce(gone()).mockResolvedValue(7);
    resource.load(fetcher);
    await later(2000);
    expect([resource.data, resource.error]).toEqual([7, null]);
    resource.load(() => Promise.reject(gone()));
    await later(0);
    resource.stop();
    await later(60_000);
    expect(resource.data).toBe(7);
  });
});
