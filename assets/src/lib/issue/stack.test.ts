import { describe, expect, it } from 'vitest';
import { culprit_at, error_line, errors_of, fold_frames, place_of, split_function, split_place } from './stack';
import type { Occurrence, StackFrame } from './types';

const frame = (name: string, inApp: boolean, own: Partial<StackFrame> = {}): StackFrame => ({ function: name, file: `src/${name}.ts`, line: 1, column: 0, inApp, module: '', ...own });
const frames = [frame('a', false), frame('b', false), frame('c', true), frame('d', false), frame('e', true), frame('f', false), frame('g', false), frame('h', false)];

/** "c" for a call, "[ab]" for a fold. */
const shape = (list: StackFrame[], app_only: boolean): string =>
  fold_frames(list, app_only).map((line) => (line.kind === 'frame' ? line.frame.function : `[${line.frames.map((one) => one.function).join('')}]`)).join(' ');

describe('stacks', () => {
  it('fold runs of library calls and keep a single one', () => {
    expect(shape(frames, false)).toBe('[ab] c d e [fgh]');
    expect(fold_frames(frames, false).map((line) => line.at)).toEqual([0, 2, 3, 4, 5]);
  });

  it('show the application alone when asked to', () => {
    expect(shape(frames, true)).toBe('c e');
  });

  it('without a call of the application are shown as they are', () => {
    const foreign = frames.filter((one) => !one.inApp);
    expect([shape(foreign, false), shape(foreign, true)]).toEqual(['a b d f g h', 'a b d f g h']);
    expect(fold_frames([], false)).toEqual([]);
  });

  it('point at the innermost call of the application, else at the innermost', () => {
    expect([culprit_at(frames), culprit_at([frame('a', false)]), culprit_at([])]).toEqual([2, 0, -1]);
  });

  it('name places with as much as is known', () => {
    expect(place_of(frame('a', true, { line: 42, column: 18 }))).toBe('src/a.ts:42:18');
    expect(place_of(frame('a', true, { line: 0, column: 18 }))).toBe('src/a.ts');
    expect(split_place(frame('a', true, { file: 'C:\\app\\main.cs', line: 7 }))).toEqual({ folder: 'C:\\app\\', name: 'main.cs:7' });
    expect(split_place(frame('a', true, { file: '', line: 0 }))).toEqual({ folder: '', name: '' });
  });

  it.each([
    ['github.com/acme/shop/internal/invoice.(*Store).Lines', 'github.com/acme/shop/internal/', 'invoice.(*Store).Lines'],
    ['net/http.(*conn).serve', 'net/', 'http.(*conn).serve'],
    ['com.acme.orders.OrderService.place', 'com.acme.orders.', 'OrderService.place'],
    ['addItem', '', 'addItem'],
    ['Cart.addItem', '', 'Cart.addItem'],
    ['std::vector<a.b.c>::at', '', 'std::vector<a.b.c>::at'],
    ['Object.a.b [as c]', 'Object.', 'a.b [as c]'],
    ['', '', ''],
  ])('tell package from name: %s', (text, path, name) => {
    expect(split_function(frame(text, true))).toEqual({ package: path, name });
  });

  it('chain an error to its causes, and say none twice', () => {
    const event = { type: 'A', message: 'a', frames, causes: [{ type: 'B', message: 'b', frames: null }] } as unknown as Occurrence;
    expect(errors_of(event).map(error_line)).toEqual(['A: a', 'B: b']);
    expect(errors_of({ ...event, causes: [{ type: 'A', message: 'a', frames }, { type: 'B', message: '', frames: [] }] }).map(error_line)).toEqual(['A: a', 'B']);
    expect(errors_of({ ...event, causes: null, frames: null })).toHaveLength(1);
  });
});
