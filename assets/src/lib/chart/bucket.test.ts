import { describe, expect, it } from 'vitest';
import { fill, stack } from './bucket';

const to = Date.parse('2026-02-03T10:30:00Z');
const range = { from: to - 1_800_000, to };
const points = [
  { timestamp: '2026-02-03T10:00:00Z', endpoint: 'a', value: 1 },
  { timestamp: '2026-02-03T10:20:00Z', endpoint: 'a', value: 2 },
  { timestamp: '2026-02-03T10:20:00Z', endpoint: 'b', value: 5 },
  { timestamp: '2026-02-03T11:00:00Z', endpoint: 'b', value: 9 },
  { timestamp: '2026-02-03T10:20:00Z', endpoint: 'unknown', value: 9 },
];

describe('chart columns', () => {
  it('a missing bucket is a gap, a measured nothing is a bar of height zero', () => {
    const { at, series } = fill(points, ['a', 'b'], range, 10, true);
    expect(at).toHaveLength(3);
    expect(series.map((one) => one.values)).toEqual([[1, null, 2], [0, null, 5]]);
  });

  it('a line has a gap wherever its own series has no data', () => {
    expect(fill(points, ['a', 'b'], range, 10, false).series.map((one) => one.values)).toEqual([[1, null, 2], [null, null, 5]]);
  });

  it('stacks add up and keep gaps', () => {
    expect(stack(fill(points, ['a', 'b'], range, 10, true).series)).toEqual([[1, null, 2], [1, null, 7]]);
  });
});
