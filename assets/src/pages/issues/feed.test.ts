import { describe, expect, it } from 'vitest';
import type { IssueGroup } from '../../lib/issue/types';
import { merge_news, newest_of, put_back } from './feed';

const at = (minute: number): string => new Date(Date.UTC(2026, 1, 3, 9, minute)).toISOString();
const issue = (hash: string, minute: number, count = 1): IssueGroup => ({ exceptionHash: hash, stackTrace: '', firstSeen: at(0), lastSeen: at(minute), count, isMessage: false });
const hashes = (rows: IssueGroup[]): string => rows.map((row) => row.exceptionHash).join('');

describe('a newer answer', () => {
  const shown = [issue('a', 5), issue('b', 3), issue('c', 1)];
  const since = newest_of(shown);

  it('moves figures, not rows', () => {
    const { rows, news } = merge_news(shown, [issue('b', 9, 7), issue('a', 5), issue('c', 1)], since);
    expect([hashes(rows), rows[1]!.count, news]).toEqual(['abc', 7, []]);
  });

  it('lets what happened since wait', () => {
    expect(merge_news(shown, [issue('x', 6), ...shown], since).news).toEqual(['x']);
  });

  it('does not call new what only moved up from the next page', () => {
    expect(merge_news(shown, [...shown.slice(0, 2), issue('y', 0)], since).news).toEqual([]);
  });

  it('keeps rows that it no longer has until the person asks', () => {
    expect(hashes(merge_news(shown, [issue('a', 5)], since).rows)).toBe('abc');
  });

  it('of nothing is nothing', () => {
    expect([newest_of([]), merge_news([], [], 0)]).toEqual([0, { rows: [], news: [] }]);
  });
});

it('rows taken away go back where they were, once', () => {
  const rows = ['a', 'b', 'c', 'd'].map((hash) => issue(hash, 0));
  const taken = [{ at: 1, issue: rows[1]! }, { at: 3, issue: rows[3]! }];
  const left = [rows[0]!, rows[2]!];
  expect(hashes(put_back(left, taken))).toBe('abcd');
  expect(hashes(put_back([rows[0]!, rows[1]!, rows[2]!], taken))).toBe('abcd');
});
