/** What every list of issues says about one: its name, its place in the code, its state, its course. Pure. */
import type { Range } from '../time_range';
import type { IssueBrief, TrendPoint } from '../types';
import type { State } from '../ui/status';

/** Type and message of an issue; the first line of its stack when the server tells no more. Messages have no type. */
export function issue_title(issue: IssueBrief): { type: string; message: string } {
  if (issue.type || issue.message) return { type: issue.type ?? '', message: issue.message ?? '' };
  const line = issue.stackTrace.split('\n', 1)[0] ?? '';
  const cut = line.indexOf(': ');
  return cut > 0 ? { type: line.slice(0, cut), message: line.slice(cut + 2) } : { type: line, message: '' };
}

/** Where it happened, as short as it stays findable. */
export function issue_place({ culprit }: IssueBrief): string {
  if (!culprit) return '';
  const file = culprit.file.split('/').pop() ?? '';
  const line = culprit.line > 0 ? `:${culprit.line}` : '';
  return [culprit.function, file && `${file}${line}`].filter(Boolean).join(' · ');
}

/** Counts in `slots` equal parts of the range. */
export function trend_of(points: readonly TrendPoint[] | undefined, range: Range, slots: number): number[] {
  const counts = new Array<number>(slots).fill(0);
  for (const { timestamp, count } of points ?? []) {
    const at = Math.floor(((Date.parse(timestamp) - range.from) / (range.to - range.from)) * slots);
    const slot = at === slots ? slots - 1 : Math.max(at, 0);
    if (slot < slots) counts[slot] = (counts[slot] ?? 0) + count;
  }
  return counts;
}

const kStates: Record<string, State> = {
  new: { shape: 'new', word: 'New', color: 'var(--danger)' },
  regressed: { shape: 'regressed', word: 'Regressed', color: 'var(--violet)' },
  archived: { shape: 'archived', word: 'Archived', color: 'var(--ink-3)' },
};

/** What stands out about an issue; null for one that is simply open. */
export function issue_state(state: IssueBrief['state']): State | null {
  return kStates[state ?? ''] ?? null;
}
