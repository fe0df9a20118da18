/** A figure against the same figure of the range before. */

export type Worse = 'up' | 'down' | 'none';

export interface Change {
  /** "+12 %", "×4.1", "±0 %"; null when there is nothing to compare with. */
  text: string | null;
  /** Half as much again into the direction that hurts. */
  bad: boolean;
}

const kUnknown: Change = { text: null, bad: false };

export function change(now: number | null | undefined, before: number | null | undefined, worse: Worse): Change {
  if (now === null || now === undefined || before === null || before === undefined || before === 0) return kUnknown;
  const factor = now / before;
  const percent = Math.round((factor - 1) * 100);
  const bad = (worse === 'up' && factor >= 1.5) || (worse === 'down' && factor <= 0.67);
  if (percent === 0) return { text: '±0 %', bad: false };
  if (factor >= 2) return { text: `×${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}`, bad };
  return { text: `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`, bad };
}
