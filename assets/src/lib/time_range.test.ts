import { describe, expect, it } from 'vitest';
import { buckets, from_query, interval_minutes, kPresets, parse_range, resolve, shift, to_query, zoom_out } from './time_range';

// A Wednesday.
const now = Date.parse('2026-02-04T12:00:00Z');
const at = (text: string): number => Date.parse(text);

describe('time range', () => {
  it.each([
    ['2h', at('2026-02-04T10:00:00Z'), now],
    ['yesterday', at('2026-02-03T00:00:00Z'), at('2026-02-04T00:00:00Z')],
    ['today', at('2026-02-04T00:00:00Z'), now],
    ['Mon 9:00 – 11:30', at('2026-02-02T09:00:00Z'), at('2026-02-02T11:30:00Z')],
    ['2026-02-03 09:00..12:00', at('2026-02-03T09:00:00Z'), at('2026-02-03T12:00:00Z')],
    ['2026-02-01 .. 2026-02-03', at('2026-02-01T00:00:00Z'), at('2026-02-03T00:00:00Z')],
    ['1770114030 1770117630', 1770114030000, 1770117630000],
    ['2026-02-03T09:00:00Z..now', at('2026-02-03T09:00:00Z'), now],
  ])('%s can be typed', (text, from, to) => expect(parse_range(text, now, true)).toEqual({ from, to }));

  it.each(['', 'soon', '0h', '12:00..09:00', '2026-02-03..'])('%j is refused', (text) => {
    expect(parse_range(text, now, true)).toBeNull();
  });

  it('a preset stays a preset, so it slides', () => {
    expect(parse_range('24h', now, true)).toEqual({ preset: '24h' });
    expect(resolve({ preset: '24h' }, now)).toEqual({ from: now - 86_400_000, to: now });
  });

  it('every choice survives the round trip through the address', () => {
    const choices = [...kPresets.map((preset) => ({ preset })), { from: now - 5000, to: now }];
    for (const choice of choices) {
      const query = new URLSearchParams();
      for (const [key, value] of Object.entries(to_query(choice))) if (value !== null) query.set(key, value);
      expect(from_query(query, '24h')).toEqual({ choice, problem: null });
    }
  });

  it.each(['preset=9y', 'from=x&to=y', 'from=2026-02-04T00:00:00Z', 'from=2026-02-04T00:00:00Z&to=2026-02-03T00:00:00Z'])(
    'an invalid address (%s) falls back with a note',
    (query) => {
      const found = from_query(new URLSearchParams(query), '24h');
      expect(found.choice).toEqual({ preset: '24h' });
      expect(found.problem).not.toBeNull();
    },
  );

  it('buckets cover the range without holes', () => {
    const starts = buckets({ from: now - 3 * 600_000 + 1, to: now }, 10);
    expect(starts).toEqual([now - 1_800_000, now - 1_200_000, now - 600_000]);
  });

  it('no range asks for more than 2,000 buckets', () => {
    for (const days of [0.01, 1, 2, 20, 90, 400, 3000]) {
      const range = { from: now - days * 86_400_000, to: now };
      expect(buckets(range, interval_minutes(range)).length).toBeLessThan(400);
    }
  });

  it('zooming out doubles the length and shifting keeps it', () => {
    const range = { from: now - 7_200_000, to: now - 3_600_000 };
    const wide = zoom_out(range, now);
    expect(wide.to - wide.from).toBe(7_200_000);
    expect(zoom_out({ from: now - 3_600_000, to: now }, now).to).toBe(now);
    expect(shift(range, -1)).toEqual({ from: now - 10_800_000, to: now - 7_200_000 });
  });
});
