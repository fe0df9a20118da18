/** What the pages of issues share: states in words, archiving, a day's trend as a row of hours. */
import { api } from './api';
import type { IssueGroup, TrendPoint } from './types';
import { toasts } from './toast.svelte';
import type { State } from './ui/status';

const kHourMs = 3_600_000;
const kHours = 24;

export function issue_state(issue: IssueGroup): State | null {
  if (issue.state === 'new') return { shape: 'critical', word: 'New', color: 'var(--danger)' };
  if (issue.state === 'regressed') return { shape: 'high', word: 'Regressed', color: 'var(--warn)' };
  if (issue.state === 'archived') return { shape: 'healthy', word: 'Archived', color: 'var(--ink-3)' };
  return null;
}

/** The name a person calls it by. */
export function issue_name(issue: IssueGroup): string {
  return issue.type || issue.message || issue.exceptionHash;
}

/** Events of the last 24 hours, an hour a value, the oldest first. */
export function last_day(trend: readonly TrendPoint[] | undefined, now: number): number[] {
  const last = Math.floor(now / kHourMs);
  const values = new Array<number>(kHours).fill(0);
  for (const { timestamp, count } of trend ?? []) {
    const at = kHours - 1 - (last - Math.floor(Date.parse(timestamp) / kHourMs));
    if (at >= 0 && at < kHours) values[at] = count;
  }
  return values;
}

/** Archives, or takes back, and says so; false when the server refused. */
export async function change_issues(what: 'archive' | 'unarchive', issues: readonly IssueGroup[]): Promise<boolean> {
  const hashes = issues.map((issue) => issue.exceptionHash);
  const [first] = issues;
  const named = issues.length === 1 && first ? issue_name(first) : `${issues.length} issues`;
  try {
    await api.post(`/exception-stack-traces/${what}`, { hashes });
  } catch (error) {
    toasts.show(`${named} could not be ${what}d: ${error instanceof Error ? error.message : String(error)}`, 'error');
    return false;
  }
  toasts.show(what === 'archive' ? `Archived ${named} until it happens again. Press u to undo.` : `${named} is open again.`);
  return true;
}
