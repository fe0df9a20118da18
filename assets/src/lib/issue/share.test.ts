import { describe, expect, it } from 'vitest';
import { as_markdown } from './share';
import type { IssueGroup, Occurrence, StackFrame } from './types';

const call = (name: string, inApp: boolean): StackFrame => ({ function: name, file: `src/${name}.ts`, line: 4, column: 2, inApp, module: '' });
const group: IssueGroup = { exceptionHash: 'abc', stackTrace: '', lastSeen: '', firstSeen: '', count: 14, isMessage: false, type: 'TypeError', message: 'x is undefined' };
const event: Occurrence = {
  id: 'e1', traceId: null, traceType: '', exceptionHash: 'abc', recordedAt: '2026-02-03T09:12:44Z', attributes: { plan: 'a|b', list: ['x'], note: 'one\ntwo' }, appVersion: 'v1', serverName: '', isMessage: false,
  type: 'TypeError', message: 'x is undefined', stackTrace: 'TypeError: x is undefined\n    at total', frames: [call('lib', false), call('total', true)], causes: [{ type: 'NetworkError', message: 'gone', frames: [call('send', true)] }],
};

describe('an event for a ticket', () => {
  const text = as_markdown(group, event, 'https://t/issues/abc/e1');

  it('says what, when and how often, and leaves out what is not known', () => {
    expect(text).toMatch(/^## TypeError: x is undefined\n\n- When: 2026-02-03T09:12:44Z\n- Version: v1\n- Events: 14\n\n/);
    expect(text.endsWith('[Event e1](https://t/issues/abc/e1)')).toBe(true);
  });

  it('has the stack with its causes in a fence', () => {
    expect(text).toContain('```\nTypeError: x is undefined\n    at lib (src/lib.ts:4:2)\n    at total (src/total.ts:4:2)\nCaused by: NetworkError: gone\n    at send (src/send.ts:4:2)\n```');
  });

  it('does not let values break the table', () => {
    expect(text).toContain('| plan | a\\|b |\n| list | ["x"] |\n| note | one two |');
  });

  it('keeps long stacks short around the first own call', () => {
    const frames = [...Array.from({ length: 20 }, (_, at) => call(`lib${at}`, false)), call('own', true), ...Array.from({ length: 20 }, (_, at) => call(`low${at}`, false))];
    const long = as_markdown(group, { ...event, frames, causes: [] }, '');
    expect(long).toContain('at own (');
    expect(long.match(/^ {4}at /gm)).toHaveLength(12);
    expect(long).toContain('… 29 more');
  });

  it('takes the text as it came when there are no frames, in a fence that holds', () => {
    expect(as_markdown(group, { ...event, frames: [], stackTrace: 'a\n```\nb' }, '')).toContain('````\na\n```\nb\n````');
  });

  it('of a message has no stack', () => {
    expect(as_markdown({ ...group, type: '', message: 'disk full' }, { ...event, isMessage: true, type: '', message: 'disk full', frames: [], causes: [] }, '')).not.toContain('```');
  });
});
