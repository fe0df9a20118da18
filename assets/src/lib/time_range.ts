/** Time ranges: presets, what may be typed, buckets. Pure; the state lives in time.svelte.ts. */

export const kPresets = ['30m', '60m', '3h', '6h', '12h', '24h', '3d', '7d', '1M', '3M'] as const;
export type Preset = (typeof kPresets)[number];

const kMinute = 60_000;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

interface PresetFacts {
  ms: number;
  label: string;
  interval_minutes: number;
}

const kFacts: Record<Preset, PresetFacts> = {
  '30m': { ms: 30 * kMinute, label: 'Last 30 minutes', interval_minutes: 1 },
  '60m': { ms: 60 * kMinute, label: 'Last 60 minutes', interval_minutes: 1 },
  '3h': { ms: 3 * kHour, label: 'Last 3 hours', interval_minutes: 2 },
  '6h': { ms: 6 * kHour, label: 'Last 6 hours', interval_minutes: 3 },
  '12h': { ms: 12 * kHour, label: 'Last 12 hours', interval_minutes: 6 },
  '24h': { ms: kDay, label: 'Last 24 hours', interval_minutes: 10 },
  '3d': { ms: 3 * kDay, label: 'Last 3 days', interval_minutes: 30 },
  '7d': { ms: 7 * kDay, label: 'Last 7 days', interval_minutes: 60 },
  '1M': { ms: 30 * kDay, label: 'Last month', interval_minutes: 360 },
  '3M': { ms: 90 * kDay, label: 'Last 3 months', interval_minutes: 1440 },
};

export type Choice = { preset: Preset } | { from: number; to: number };

/** A choice with both ends known, in ms since 1970 UTC. */
export interface Range {
  from: number;
  to: number;
}

export function is_preset(text: string): text is Preset {
  return (kPresets as readonly string[]).includes(text);
}

export function preset_label(preset: Preset): string {
  return kFacts[preset].label;
}

export function resolve(choice: Choice, now: number): Range {
  return 'preset' in choice ? { from: now - kFacts[choice.preset].ms, to: now } : choice;
}

/** Bucket width for a range: that of the shortest preset that covers it. */
export function interval_minutes(range: Range): number {
  const length = range.to - range.from;
  for (const preset of kPresets) if (length <= kFacts[preset].ms) return kFacts[preset].interval_minutes;
  return Math.ceil(length / kDay / 180) * 1440;
}

export interface FromQuery {
  choice: Choice;
  /** What was wrong with the address, to be shown once. */
  problem: string | null;
}

export function from_query(query: URLSearchParams, fallback: Preset): FromQuery {
  const preset = query.get('preset');
  const from = query.get('from');
  const to = query.get('to');
  if (from !== null || to !== null) {
    const start = Date.parse(from ?? '');
    const end = Date.parse(to ?? '');
    if (Number.isFinite(start) && Number.isFinite(end) && start < end) {
      return { choice: { from: start, to: end }, problem: null };
    }
    return { choice: { preset: fallback }, problem: 'The time range in the address is not valid.' };
  }
  if (preset === null) return { choice: { preset: fallback }, problem: null };
  if (is_preset(preset)) return { choice: { preset }, problem: null };
  return { choice: { preset: fallback }, problem: `“${preset}” is not a time range.` };
}

export function to_query(choice: Choice): { preset: string | null; from: string | null; to: string | null } {
  if ('preset' in choice) return { preset: choice.preset, from: null, to: null };
  return { preset: null, from: new Date(choice.from).toISOString(), to: new Date(choice.to).toISOString() };
}

export function shift(range: Range, steps: number): Range {
  const length = range.to - range.from;
  return { from: range.from + steps * length, to: range.to + steps * length };
}

/** Twice as long around the same middle, but not into the future. */
export function zoom_out(range: Range, now: number): Range {
  const half = (range.to - range.from) / 2;
  const to = Math.min(range.to + half, Math.max(now, range.to));
  return { from: to - half * 4, to };
}

/** All bucket starts that touch the range. */
export function buckets(range: Range, minutes: number): number[] {
  const width = minutes * kMinute;
  const starts: number[] = [];
  for (let at = Math.floor(range.from / width) * width; at < range.to; at += width) starts.push(at);
  return starts;
}

const kWeekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Midnight of the day `ms` falls into, in the zone of the page. */
function midnight(ms: number, utc: boolean): number {
  const date = new Date(ms);
  if (utc) return Math.floor(ms / kDay) * kDay;
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function parse_point(text: string, now: number, utc: boolean, day_of: number): number {
  const unix = /^\d{10}(\d{3})?$/.exec(text);
  if (unix) return Number(text) * (unix[1] === undefined ? 1000 : 1);
  const time = /^(?:(sun|mon|tue|wed|thu|fri|sat)[a-z]*\s+)?(\d{1,2}):(\d{2})$/i.exec(text);
  if (time) {
    let start = midnight(day_of, utc);
    if (time[1] !== undefined) {
      const wanted = kWeekdays.indexOf(time[1].toLowerCase());
      start = midnight(now, utc);
      const weekday = utc ? new Date(start).getUTCDay() : new Date(start).getDay();
      start = midnight(start - ((weekday - wanted + 7) % 7) * kDay + kHour, utc);
    }
    return start + Number(time[2]) * kHour + Number(time[3]) * kMinute;
  }
  const date = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2})(:\d{2})?)?(Z)?$/.exec(text);
  if (date) {
    const clock = `${(date[2] ?? '0:00').padStart(5, '0')}${date[3] ?? ':00'}`;
    return Date.parse(`${date[1]}T${clock}${utc || date[4] ? 'Z' : ''}`);
  }
  return Date.parse(text);
}

/** What a person types: "2h", "yesterday", "Mon 9:00 – 11:30", "2026-02-03 09:00..12:00", two unix times, a preset. */
export function parse_range(input: string, now: number, utc: boolean): Choice | null {
  const text = input.trim();
  if (is_preset(text)) return { preset: text };
  if (/^today$/i.test(text)) return { from: midnight(now, utc), to: now };
  if (/^yesterday$/i.test(text)) {
    const today = midnight(now, utc);
    return { from: midnight(today - kHour, utc), to: today };
  }
  const length = /^(\d+(?:\.\d+)?)\s*(m|min|h|d|w|M)$/.exec(text);
  if (length) {
    const units: Record<string, number> = { m: kMinute, min: kMinute, h: kHour, d: kDay, w: 7 * kDay, M: 30 * kDay };
    const ms = Number(length[1]) * (units[length[2] ?? ''] ?? 0);
    return ms > 0 ? { from: now - ms, to: now } : null;
  }
  const ends = text.split(/\s*\.\.\s*|\s+[–-]\s+|\s*–\s*|\s+to\s+|\s+(?=\d{10}(?:\d{3})?$)/);
  if (ends.length !== 2) return null;
  const from = parse_point(ends[0] ?? '', now, utc, now);
  if (!Number.isFinite(from)) return null;
  const to = /^now$/i.test(ends[1] ?? '') ? now : parse_point(ends[1] ?? '', now, utc, from);
  return Number.isFinite(to) && from < to ? { from, to } : null;
}
