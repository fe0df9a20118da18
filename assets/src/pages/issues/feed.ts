/** A newer answer against the list on the screen: figures move in place, rows do not. Pure. */
import type { IssueGroup } from '../../lib/issue/types';

export interface Merged {
  rows: IssueGroup[];
  /** Hashes of issues that are not on the screen and happened since it was drawn. */
  news: string[];
}

/** The newest event of a list, in ms; 0 without any. By the server's clock, so that ours need not agree with it. */
export function newest_of(groups: readonly IssueGroup[]): number {
  return Math.max(0, ...groups.map((group) => Date.parse(group.lastSeen) || 0));
}

/** `since` is what newest_of said of the answer the screen was drawn from. */
export function merge_news(shown: readonly IssueGroup[], fresh: readonly IssueGroup[], since: number): Merged {
  const newer = new Map(fresh.map((group) => [group.exceptionHash, group]));
  const rows = shown.map((row) => newer.get(row.exceptionHash) ?? row);
  for (const row of shown) newer.delete(row.exceptionHash);
  return { rows, news: [...newer.values()].filter((group) => Date.parse(group.lastSeen) > since).map((group) => group.exceptionHash) };
}

/** Puts rows back where they were. */
export function put_back(rows: readonly IssueGroup[], taken: readonly { at: number; issue: IssueGroup }[]): IssueGroup[] {
  const all = [...rows];
  for (const { at, issue } of taken) {
    if (!all.some((row) => row.exceptionHash === issue.exceptionHash)) all.splice(at, 0, issue);
  }
  return all;
}
