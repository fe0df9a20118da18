import { describe, expect, it } from 'vitest';
import type { IssueBrief } from '../types';
import { issue_place, issue_state, issue_title, trend_of } from './issue';

const kHour = 3_600_000;
const range = { from: Date.parse('2026-02-03T00:00:00Z'), to: Date.parse('2026-02-03T04:00:00Z') };
const at = (hour: number): string => new Date(range.from + hour * kHour).toISOString();
const issue: IssueBrief = { exceptionHash: 'a', stackTrace: 'TypeError: x is not a function\n    at y', lastSeen: '', firstSeen: '', count: 1 };

describe('issues', () => {
  it('take type and message from the first line when the server tells no more', () => {
    expect(issue_title(issue)).toEqual({ type: 'TypeError', message: 'x is not a function' });
    expect(issue_title({ ...issue, stackTrace: 'panic' })).toEqual({ type: 'panic', message: '' });
    expect(issue_title({ ...issue, type: 'A', message: 'b: c' })).toEqual({ type: 'A', message: 'b: c' });
  });

  it('name function and file where they are known', () => {
    const culprit = { function: 'f', file: '/srv/app/a.go', line: 7, inApp: true };
    expect(issue_place({ ...issue, culprit })).toBe('f · a.go:7');
    expect(issue_place({ ...issue, culprit: { ...culprit, function: '', line: 0 } })).toBe('a.go');
    expect(issue_place({ ...issue, culprit: null })).toBe('');
  });

  it('counts fall into equal parts of the range, the edge into the last one, the future into none', () => {
    expect(trend_of([{ timestamp: at(0), count: 1 }, { timestamp: at(1.9), count: 2 }, { timestamp: at(4), count: 4 }, { timestamp: at(9), count: 8 }], range, 4)).toEqual([1, 2, 0, 4]);
    expect(trend_of([{ timestamp: at(-0.5), count: 3 }], range, 4)).toEqual([3, 0, 0, 0]);
    expect(trend_of(undefined, range, 2)).toEqual([0, 0]);
  });

  it('of messages have no type', () => {
    expect(issue_title({ ...issue, type: '', message: 'disk: almost full', stackTrace: 'disk: almost full' })).toEqual({ type: '', message: 'disk: almost full' });
  });

  it('that are simply open carry no word', () => {
    expect([issue_state('open'), issue_state(undefined)]).toEqual([null, null]);
    expect([issue_state('new')?.word, issue_state('regressed')?.word, issue_state('archived')?.shape]).toEqual(['New', 'Regressed', 'archived']);
  });
});
