import { describe, expect, it } from 'vitest';
import { assign_colors } from './colors';

describe('colours', () => {
  it('a name keeps its colour whatever stands beside it', () => {
    const first = assign_colors('one', ['GET /a', 'GET /b', 'GET /c']);
    const later = assign_colors('one', ['GET /c']);
    expect(later.get('GET /c')).toBe(first.get('GET /c'));
  });

  it('names of one chart never share a colour', () => {
    for (let round = 0; round < 50; round += 1) {
      const names = Array.from({ length: 6 }, (_, at) => `route ${round}-${at}`);
      expect(new Set(assign_colors('two', names).values()).size).toBe(6);
    }
  });

  it('the rest has no colour of its own', () => {
    expect(assign_colors('three', ['a', 'Other']).has('Other')).toBe(false);
  });
});
