import { describe, expect, it } from 'vitest';
import { issue_name, issue_state, last_day } from './issues';
import type { IssueGroup } from './types';

const issue = (own: Partial<IssueGroup>): IssueGroup => ({ exceptionHash: 'abc', stackTrace: '', lastSeen: '', firstSeen: '', count: 1, isMessage: false, ...own });

describe('last_day', () => {
  const now = Date.parse('2026-03-02T12:30:00Z');

  it('puts every hour in its place, the running one last', () => {
    const values = last_day([{ timestamp: '2026-03-02T12:00:00Z', count: 5 }, { timestamp: '2026-03-01T13:00:00Z', count: 2 }], now);
    expect(values).toHaveLength(24);
    expect(values[23]).toBe(5);
    expect(values[0]).toBe(2);
    expect(values.slice(1, 23).every((value) => value === 0)).toBe(true);
  });

  it('leaves out what is older than a day', () => {
    expect(last_day([{ timestamp: '2026-03-01T12:00:00Z', count: 9 }], now).every((value) => value === 0)).toBe(true);
    expect(last_day(undefined, now)).toHaveLength(24);
  });
});

describe('issue_state', () => {
  it('has a word for what stands out, and none for an open issue', () => {
    expect(issue_state(issue({ state: 'new' }))?.word).toBe('New');
    expect(issue_state(issue({ state: 'regressed' }))?.word).toBe('Regressed');
    expect(issue_state(issue({ state: 'open' }))).toBeNull();
  });
});

it('calls an issue by its type, a message by its text', () => {
  expect(issue_name(issue({ type: 'TypeError', message: 'x' }))).toBe('TypeError');
  expect(issue_name(issue({ type: '', message: 'Disk almost full' }))).toBe('Disk almost full');
});
