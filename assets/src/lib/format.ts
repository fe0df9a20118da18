/** Every number, time and id on the screen is formatted here; no page formats on its own. */

export type Zone = 'utc' | 'local';

const kThin = ' ';
export const kMissing = '–';

/** Three significant digits, without an exponent and without losing trailing zeros ("1.20"). */
function three_digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

function trim_zeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A duration given in nanoseconds: "840 ns", "72 µs", "4.31 ms", "2.45 s", "1 m 12 s", "3 h 04 m". */
export function duration(ns: number | null | undefined): string {
  if (ns === null || ns === undefined || !Number.isFinite(ns)) return kMissing;
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns < 1_000) return `${Math.round(ns)}${kThin}ns`;
  const steps: [number, string][] = [
    [1e3, 'µs'],
    [1e6, 'ms'],
    [1e9, 's'],
  ];
  for (const [scale, unit] of steps) {
    const limit = unit === 's' ? 60 : 999.5;
    const value = ns / scale;
    if (value < limit) return `${trim_zeros(three_digits(value))}${kThin}${unit}`;
  }
  const seconds = Math.round(ns / 1e9);
  if (seconds < 3600) {
    const rest = seconds % 60;
    return `${Math.floor(seconds / 60)}${kThin}m${rest === 0 ? '' : ` ${rest}${kThin}s`}`;
  }
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${hours}${kThin}h ${String(minutes % 60).padStart(2, '0')}${kThin}m`;
}

/** A duration given in milliseconds, as charts and stats carry it. */
export function duration_ms(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? kMissing : duration(ms * 1e6);
}

const kGrouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function exact_count(value: number): string {
  return kGrouped.format(value);
}

/** Exact below 10,000, then three digits with k, M or G. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  if (Math.abs(value) < 10_000) return kGrouped.format(value);
  const steps: [number, string][] = [
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ];
  let text = kGrouped.format(value);
  for (const [scale, unit] of steps) {
    const scaled = value / scale;
    text = `${three_digits(scaled)}${kThin}${unit}`;
    if (Math.abs(scaled) < 999.5) break;
  }
  return text;
}

/** Binary units, three digits: "0 B", "71.5 KiB", "1.20 GiB". */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value;
  let step = 0;
  while (scaled >= 999.5 && step < units.length - 1) {
    scaled /= 1024;
    step += 1;
  }
  return `${step === 0 ? String(Math.round(scaled)) : three_digits(scaled)}${kThin}${units[step]}`;
}

/** events per minute -> per second from 1/s on, else per minute, else per hour; never "0/min" when there were any. */
export function rate(per_minute: number | null | undefined): string {
  if (per_minute === null || per_minute === undefined || !Number.isFinite(per_minute)) return kMissing;
  if (per_minute === 0) return '0/min';
  const figure = (value: number): string => (value >= 1000 ? count(Math.round(value)) : value.toPrecision(3));
  if (per_minute >= 60) return `${trim_zeros(figure(per_minute / 60))}/s`;
  if (per_minute >= 1) return `${trim_zeros(figure(per_minute))}/min`;
  const per_hour = per_minute * 60;
  return per_hour >= 0.1 ? `${trim_zeros(per_hour.toPrecision(2))}/h` : '<0.1/h';
}

/** A share given in percent. null means there was nothing to take a share of. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  if (value !== 0 && Math.abs(value) < 0.05) return `<0.1${kThin}%`;
  return `${value.toFixed(1)}${kThin}%`;
}

/** US dollars; below one cent four decimals. null (no price known) is never shown as $0. */
export function money(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  if (value === 0) return '$0';
  const size = Math.abs(value);
  if (size < 0.00005) return '<$0.0001';
  const sign = value < 0 ? '-' : '';
  if (size < 0.01995) return `${sign}$${size.toFixed(4)}`;
  return size < 999.995 ? `${sign}$${size.toFixed(2)}` : `${sign}$${kGrouped.format(size)}`;
}

export function tokens(input: number, output: number): string {
  return `${count(input)} → ${count(output)}`;
}

/** First eight characters of an id; the whole of it belongs in the title. */
export function short_id(id: string): string {
  return id.slice(0, 8);
}

/** Milliseconds since 1970 of an RFC 3339 time; NaN when it is not one. */
export function parse_time(text: string): number {
  return Date.parse(text);
}

/** Nanoseconds since 1970 of an RFC 3339 time, as a bigint because a double cannot hold them. */
export function parse_time_ns(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const whole = Date.parse(text.replace(/\.\d+/, ''));
  if (!Number.isFinite(whole)) return 0n;
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: string;
  minute: string;
  second: string;
  ms: string;
}

const kMonths = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function parts(ms: number, zone: Zone): Parts {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const utc = zone === 'utc';
  return {
    year: utc ? date.getUTCFullYear() : date.getFullYear(),
    month: utc ? date.getUTCMonth() : date.getMonth(),
    day: utc ? date.getUTCDate() : date.getDate(),
    hour: two(utc ? date.getUTCHours() : date.getHours()),
    minute: two(utc ? date.getUTCMinutes() : date.getMinutes()),
    second: two(utc ? date.getUTCSeconds() : date.getSeconds()),
    ms: String(utc ? date.getUTCMilliseconds() : date.getMilliseconds()).padStart(3, '0'),
  };
}

function zone_name(ms: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(ms).getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const size = Math.abs(minutes);
  return `UTC${sign}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}

/** The present moves every ten seconds: what happened since lies ahead of it and is no future. */
const kPresentMs = 15_000;

/** "3 s ago", "4 m ago", "6 h ago", "12 d ago"; "in 4 m" for a clock ahead of ours. */
export function age(ms: number, now: number): string {
  if (ms > now && ms - now < kPresentMs) return 'just now';
  const seconds = Math.round(Math.abs(now - ms) / 1000);
  let text: string;
  if (seconds < 60) text = `${seconds}${kThin}s`;
  else if (seconds < 3600) text = `${Math.floor(seconds / 60)}${kThin}m`;
  else if (seconds < 86_400) text = `${Math.floor(seconds / 3600)}${kThin}h`;
  else text = `${Math.floor(seconds / 86_400)}${kThin}d`;
  return ms <= now ? `${text} ago` : `in ${text}`;
}

/** For lists: relative under 24 hours, absolute after. */
export function time_in_list(ms: number, now: number, zone: Zone): string {
  if (!Number.isFinite(ms)) return kMissing;
  return Math.abs(now - ms) < 86_400_000 ? age(ms, now) : day_and_minute(ms, zone);
}

/** "Feb 3, 09:12". */
export function day_and_minute(ms: number, zone: Zone): string {
  const p = parts(ms, zone);
  return `${kMonths[p.month]} ${p.day}, ${p.hour}:${p.minute}`;
}

/** "09:12" */
export function minute_of_day(ms: number, zone: Zone): string {
  const p = parts(ms, zone);
  return `${p.hour}:${p.minute}`;
}

/** "Feb 3" */
export function day(ms: number, zone: Zone): string {
  const p = parts(ms, zone);
  return `${kMonths[p.month]} ${p.day}`;
}

/** "09:12:44.213" */
export function clock(ms: number, zone: Zone): string {
  const p = parts(ms, zone);
  return `${p.hour}:${p.minute}:${p.second}.${p.ms}`;
}

/** For details: "2026-02-03 09:12:44.213 UTC". */
export function time_in_detail(ms: number, zone: Zone): string {
  if (!Number.isFinite(ms)) return kMissing;
  const p = parts(ms, zone);
  const date = `${p.year}-${String(p.month + 1).padStart(2, '0')}-${String(p.day).padStart(2, '0')}`;
  return `${date} ${p.hour}:${p.minute}:${p.second}.${p.ms} ${zone_name(ms, zone)}`;
}

/** Both zones, for a title. */
export function time_in_title(ms: number): string {
  if (!Number.isFinite(ms)) return 'not reported';
  return `${time_in_detail(ms, 'utc')}\n${time_in_detail(ms, 'local')}`;
}

/** Value of a native datetime-local input. */
export function time_in_input(ms: number, zone: Zone): string {
  const p = parts(ms, zone);
  return `${p.year}-${String(p.month + 1).padStart(2, '0')}-${String(p.day).padStart(2, '0')}T${p.hour}:${p.minute}`;
}
