/** From the rows of a chart route to aligned columns: every bucket of the range, null where nothing was measured. */
import { buckets, type Range } from '../time_range';

export interface ChartSeries {
  name: string;
  values: (number | null)[];
}

/** A moment with a name. */
export interface Marker {
  /** ms since 1970. */
  at: number;
  label: string;
}

export interface Columns {
  /** Bucket starts in ms. */
  at: number[];
  series: ChartSeries[];
}

export interface Point {
  timestamp: string;
  endpoint: string;
  value: number;
}

/**
 * Bars of a count are 0 in a bucket where another series has data and null where nobody has; lines are null wherever
 * their own series has none.
 */
export function fill(points: readonly Point[], names: readonly string[], range: Range, minutes: number, counts: boolean): Columns {
  const at = buckets(range, minutes);
  const width = minutes * 60_000;
  const first = at[0] ?? 0;
  const series = names.map((name) => ({ name, values: new Array<number | null>(at.length).fill(null) }));
  const by_name = new Map(series.map((one) => [one.name, one]));
  const seen = new Uint8Array(at.length);
  for (const point of points) {
    const slot = Math.floor((Date.parse(point.timestamp) - first) / width);
    const one = by_name.get(point.endpoint);
    if (!one || slot < 0 || slot >= at.length) continue;
    one.values[slot] = (counts ? (one.values[slot] ?? 0) : 0) + point.value;
    seen[slot] = 1;
  }
  if (counts) {
    for (const one of series) seen.forEach((any, slot) => any === 1 && (one.values[slot] ??= 0));
  }
  return { at, series };
}

/** Round distances for an axis of durations in ms: decimal below a second, then those of a clock. */
export const kDurationSteps: number[] = [
  ...[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100].flatMap((power) => [power, 2 * power, 5 * power]),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1e3),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60e3),
  ...[1, 2, 4, 8, 12, 24, 48, 96, 240, 480, 960, 2400].map((hours) => hours * 3600e3),
];

/** Each series on top of the ones before it. */
export function stack(series: readonly ChartSeries[]): (number | null)[][] {
  const below: number[] = [];
  return series.map((one) =>
    one.values.map((value, slot) => {
      if (value === null) return null;
      below[slot] = (below[slot] ?? 0) + value;
      return below[slot] ?? 0;
    }),
  );
}
