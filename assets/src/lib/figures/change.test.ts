import { describe, expect, it } from 'vitest';
import { change } from './change';

describe('change of a figure', () => {
  it.each([
    [112, 100, 'none', '+12 %', false],
    [88, 100, 'none', '−12 %', false],
    [100.2, 100, 'up', '±0 %', false],
    [410, 100, 'up', '×4.1', true],
    [1234, 100, 'none', '×12', false],
    [150, 100, 'up', '+50 %', true],
    [149, 100, 'up', '+49 %', false],
    [0.6, 0.95, 'down', '−37 %', true],
    [0.9, 0.95, 'down', '−5 %', false],
    [0, 10, 'up', '−100 %', false],
  ] as const)('%d after %d, worse %s: %s', (now, before, worse, text, bad) => {
    expect(change(now, before, worse)).toEqual({ text, bad });
  });

  it('nothing before means nothing to compare with', () => {
    for (const before of [0, null, undefined]) expect(change(5, before, 'up')).toEqual({ text: null, bad: false });
    expect(change(null, 5, 'up').text).toBeNull();
  });
});
