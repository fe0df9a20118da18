import { describe, expect, it } from 'vitest';
import * as format from './format';

const thin = ' ';

describe('format', () => {
  it.each([
    [0, `0${thin}ns`],
    [840, `840${thin}ns`],
    [72_000, `72${thin}µs`],
    [4_310_000, `4.31${thin}ms`],
    [324_000_000, `324${thin}ms`],
    [999_600_000, `1${thin}s`],
    [2_450_000_000, `2.45${thin}s`],
    [72_000_000_000, `1${thin}m 12${thin}s`],
    [120_000_000_000, `2${thin}m`],
    [11_040_000_000_000, `3${thin}h 04${thin}m`],
    [-72_000, `-72${thin}µs`],
  ])('a duration of %d ns reads %s', (ns, text) => expect(format.duration(ns)).toBe(text));

  it('missing values are an en dash, never zero', () => {
    expect(format.duration(null)).toBe('–');
    expect(format.count(undefined)).toBe('–');
    expect(format.percent(NaN)).toBe('–');
    expect(format.money(null)).toBe('–');
    expect(format.bytes(undefined)).toBe('–');
    expect(format.rate(null)).toBe('–');
  });

  it.each([
    [9999, '9,999'],
    [12_345, `12.3${thin}k`],
    [999_700, `1.00${thin}M`],
    [1_040_000, `1.04${thin}M`],
  ])('a count of %d reads %s', (value, text) => expect(format.count(value)).toBe(text));

  it.each([
    [0, `0${thin}B`],
    [73_216, `71.5${thin}KiB`],
    [1_288_490_189, `1.20${thin}GiB`],
  ])('%d bytes read %s', (value, text) => expect(format.bytes(value)).toBe(text));

  it.each([
    [2526, '42.1/s'],
    [6.5, '6.5/min'],
    [0.0334, '2/h'],
    [0.0001, '<0.1/h'],
    [0, '0/min'],
  ])('a rate of %d per minute reads %s', (value, text) => expect(format.rate(value)).toBe(text));

  it.each([
    [0, `0.0${thin}%`],
    [0.01, `<0.1${thin}%`],
    [0.4, `0.4${thin}%`],
  ])('a share of %d reads %s', (value, text) => expect(format.percent(value)).toBe(text));

  it.each([
    [0.0128, '$0.0128'],
    [3.42, '$3.42'],
    [1204, '$1,204'],
  ])('%d dollars read %s', (value, text) => expect(format.money(value)).toBe(text));

  it('tokens are shown in and out', () => expect(format.tokens(12_400, 11)).toBe(`12.4${thin}k → 11`));

  it('times are relative for a day in lists and absolute after', () => {
    const now = Date.parse('2026-02-04T12:00:00Z');
    expect(format.time_in_list(now - 240_000, now, 'utc')).toBe(`4${thin}m ago`);
    expect(format.time_in_list(Date.parse('2026-02-03T09:12:00Z'), now, 'utc')).toBe('Feb 3, 09:12');
    expect(format.time_in_list(now + 20_000, now, 'utc')).toBe(`in 20${thin}s`);
  });

  it('times in details carry milliseconds and the zone', () => {
    expect(format.time_in_detail(Date.parse('2026-02-03T09:12:44.213Z'), 'utc')).toBe('2026-02-03 09:12:44.213 UTC');
  });

  it('a time keeps its nanoseconds', () => {
    expect(format.parse_time_ns('2026-02-03T10:20:30.123456789Z')).toBe(1770114030123456789n);
    expect(format.parse_time_ns('2026-02-03T10:20:30Z')).toBe(1770114030000000000n);
  });

  it('what happened a moment ago is no future', () => {
    expect([format.age(5_000, 0), format.age(240_000, 0).replace(/\s/g, ' ')]).toEqual(['just now', 'in 4 m']);
  });
});
