import { describe, expect, it } from 'vitest';
import type { Attention, IssueBrief, Overview } from '../../lib/types';
import { attention_title, issue_place, issue_title, notice_of, tiles_of, traffic_of, trend_of } from './facts';

const kHour = 3_600_000;
const range = { from: Date.parse('2026-02-03T00:00:00Z'), to: Date.parse('2026-02-03T04:00:00Z') };
const at = (hour: number): string => new Date(range.from + hour * kHour).toISOString();
const issue: IssueBrief = { exceptionHash: 'a', stackTrace: 'TypeError: x is not a function\n    at y', lastSeen: '', firstSeen: '', count: 1 };

function notice(kind: Attention['kind'], severity: Attention['severity'], entity: Attention['entity']) {
  return notice_of({ kind, severity, title: '', detail: '', since: '', entity });
}

describe('attention', () => {
  it('counts in words', () => {
    expect([attention_title(1), attention_title(4)]).toEqual(['1 thing needs attention', '4 things need attention']);
  });

  it('leads to what it is about', () => {
    expect(notice('new_issue', 'danger', { type: 'issue', id: '0123456789abcdef' })).toEqual({ shape: 'critical', word: 'New', color: 'var(--danger)', path: '/issues/0123456789abcdef' });
    expect(notice('slower_endpoint', 'warn', { type: 'endpoint', id: 'GET /a/:b' }).path).toBe('/endpoints/GET%20%2Fa%2F%3Ab');
    expect(notice('task_failures', 'warn', { type: 'task', id: 'a b' }).path).toBe('/tasks/a%20b');
    expect(notice('silent', 'info', { type: 'project', id: 'x' })).toMatchObject({ shape: 'info', word: 'Silent', path: '/connection' });
    expect(notice('regressed_issue', 'warn', { type: 'issue', id: 'x' })).toMatchObject({ word: 'Regressed', color: 'var(--violet)' });
  });
});

describe('tiles', () => {
  const figure = (current: number | null, previous: number | null) => ({ current, previous, trend: [] });
  const tiles: Overview['tiles'] = { requests: figure(12_400, 12_000), errorRate: figure(1.8, 0.44), p95Ms: figure(418, 373), apdex: figure(0.5, 0.94), taskFailureRate: figure(null, null) };

  it('show figure, change and whether it hurts', () => {
    expect(tiles_of(tiles).map(({ label, value, text, bad }) => [label, value.replace(/\s/g, ' '), text, bad])).toEqual([
      ['Requests', '12.4 k', '+3 %', false],
      ['Error rate', '1.8 %', '×4.1', true],
      ['p95', '418 ms', '+12 %', false],
      ['Apdex', '0.50', '−47 %', true],
      ['Tasks failed', '–', null, false],
    ]);
  });

  it('more requests are never bad', () => {
    expect(tiles_of({ ...tiles, requests: figure(100_000, 10) })[0]!.bad).toBe(false);
  });
});

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
});

it('traffic: a bucket without a point is a gap in every class', () => {
  const { at: starts, series } = traffic_of({ bucketMinutes: 60, points: [{ timestamp: at(1), ok: 5, clientErrors: 0, serverErrors: 2 }] }, range);
  expect(starts).toHaveLength(4);
  expect(series.map((one) => [one.name, one.values])).toEqual([['OK', [null, 5, null, null]], ['4xx', [null, 0, null, null]], ['5xx', [null, 2, null, null]]]);
});
