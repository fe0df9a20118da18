/** The logarithmic axis that the strips of one table share. */

/** A percentile of fewer calls than this says little. */
export const kFewCalls = 20;

/** Powers of ten of ns: from below the smallest to above the largest, at least two decades, 1 µs at the least. */
export function decades(smallest: readonly number[], largest: readonly number[]): { low: number; high: number } {
  const low = Math.floor(Math.log10(Math.max(1e3, Math.min(...smallest.map((ns) => ns || 1e6)))));
  return { low, high: Math.max(low + 2, Math.ceil(Math.log10(Math.max(1e6, ...largest)))) };
}
