import { expect, it } from 'vitest';
import { issue_name } from './archive';
import { run_path } from './run';
import type { EventRow, IssueGroup } from './types';

it('archive: an issue is called by its type, a message by its text', () => {
  const group = { exceptionHash: 'abc', stackTrace: '', type: 'A', message: 'b' } as IssueGroup;
  expect([issue_name(group), issue_name({ ...group, type: '' }), issue_name({ ...group, type: '', message: '' })]).toEqual(['A', 'b', 'abc']);
});

it('run: an event leads to its request or run, if there is one', () => {
  const event = { traceId: 't1', traceType: 'endpoint', spanName: 'GET /a' } as EventRow;
  expect(run_path(event)).toBe('/endpoints/GET%20%2Fa/t1');
  expect(run_path({ ...event, traceType: 'task', spanName: 'a b' })).toBe('/tasks/a%20b/t1');
  expect([run_path({ ...event, traceId: null }), run_path({ ...event, spanName: '' }), run_path({ ...event, traceType: 'ai_trace' })]).toEqual([null, null, null]);
});
