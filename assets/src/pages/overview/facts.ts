/** What the overview says and where it leads, from the server's answer. Pure. */
import { change, type Change, type Worse } from '../../lib/figures/change';
import * as format from '../../lib/format';
import { buckets, type Range } from '../../lib/time_range';
import type { Attention, IssueBrief, Overview, TileFigure, TrendPoint } from '../../lib/types';
import type { Shape } from '../../lib/ui/status';

export interface Tile extends Change {
  label: string;
  title: string;
  path: string;
  query?: Record<string, string>;
  value: string;
  trend: (number | null)[];
  kind: 'bars' | 'line';
}

interface Plan {
  key: keyof Overview['tiles'];
  label: string;
  title: string;
  path: string;
  query?: Record<string, string>;
  show: (value: number | null) => string;
  worse: Worse;
  kind: 'bars' | 'line';
}

const kTiles: readonly Plan[] = [
  { key: 'requests', label: 'Requests', title: 'Requests served', path: '/endpoints', show: format.count, worse: 'none', kind: 'bars' },
  { key: 'errorRate', label: 'Error rate', title: 'Share of requests answered with status 500 and above', path: '/endpoints', show: format.percent, worse: 'up', kind: 'line' },
  { key: 'p95Ms', label: 'p95', title: '95 of 100 requests were faster', path: '/endpoints', query: { metric: 'p95' }, show: format.duration_ms, worse: 'up', kind: 'line' },
  { key: 'apdex', label: 'Apdex', title: 'Satisfied up to 500 ms, tolerating up to 2 s', path: '/endpoints', show: (value) => (value === null ? format.kMissing : value.toFixed(2)), worse: 'down', kind: 'line' },
  { key: 'taskFailureRate', label: 'Tasks failed', title: 'Share of task runs that ended with an exception', path: '/tasks', show: format.percent, worse: 'up', kind: 'line' },
];

export function tiles_of(tiles: Overview['tiles']): Tile[] {
  return kTiles.map(({ key, show, worse, ...plan }) => {
    const figure: TileFigure = tiles[key];
    return { ...plan, value: show(figure.current), trend: figure.trend, ...change(figure.current, figure.previous, worse) };
  });
}

export interface Notice {
  shape: Shape;
  word: string;
  color: string;
  path: string;
}

const kWords: Record<Attention['kind'], string> = {
  new_issue: 'New', regressed_issue: 'Regressed', slower_endpoint: 'Slower', error_rate: 'Errors', task_failures: 'Failing', silent: 'Silent',
};
const kPaths: Record<Attention['entity']['type'], string> = { issue: '/issues', endpoint: '/endpoints', task: '/tasks', project: '/connection' };

export function notice_of({ kind, severity, entity }: Attention): Notice {
  const shape: Shape = severity === 'danger' ? 'critical' : severity === 'warn' ? 'high' : 'info';
  const path = entity.type === 'project' ? kPaths.project : `${kPaths[entity.type]}/${encodeURIComponent(entity.id)}`;
  return { shape, word: kWords[kind], color: kind === 'regressed_issue' ? 'var(--violet)' : `var(--${severity})`, path };
}

/** "2 things need attention" */
export function attention_title(count: number): string {
  return count === 1 ? '1 thing needs attention' : `${count} things need attention`;
}

/** Type and message of an issue; the first line of its stack when the server tells no more. */
export function issue_title(issue: IssueBrief): { type: string; message: string } {
  if (issue.type) return { type: issue.type, message: issue.message ?? '' };
  const line = issue.stackTrace.split('\n', 1)[0] ?? '';
  const cut = line.indexOf(': ');
  return cut > 0 ? { type: line.slice(0, cut), message: line.slice(cut + 2) } : { type: line, message: '' };
}

/** Where it happened, as short as it stays findable. */
export function issue_place({ culprit }: IssueBrief): string {
  if (!culprit) return '';
  const file = culprit.file.split('/').pop() ?? '';
  const line = culprit.line > 0 ? `:${culprit.line}` : '';
  return [culprit.function, file && `${file}${line}`].filter(Boolean).join(' · ');
}

/** Counts in `slots` equal parts of the range. */
export function trend_of(points: readonly TrendPoint[] | undefined, range: Range, slots: number): number[] {
  const counts = new Array<number>(slots).fill(0);
  for (const { timestamp, count } of points ?? []) {
    const at = Math.floor(((Date.parse(timestamp) - range.from) / (range.to - range.from)) * slots);
    const slot = at === slots ? slots - 1 : Math.max(at, 0);
    if (slot < slots) counts[slot] = (counts[slot] ?? 0) + count;
  }
  return counts;
}

export const kTraffic = [
  ['ok', 'OK', '--chart-1'],
  ['clientErrors', '4xx', '--warn'],
  ['serverErrors', '5xx', '--danger'],
] as const;

/** Bars of every bucket of the range; null where nothing was measured, so that silence shows. */
export function traffic_of({ bucketMinutes, points }: Overview['traffic'], range: Range): { at: number[]; series: { name: string; values: (number | null)[] }[] } {
  const at = buckets(range, bucketMinutes);
  const by_slot = new Map(points.map((point) => [Math.floor((Date.parse(point.timestamp) - (at[0] ?? 0)) / (bucketMinutes * 60_000)), point]));
  return { at, series: kTraffic.map(([key, name]) => ({ name, values: at.map((_, slot) => by_slot.get(slot)?.[key] ?? null) })) };
}
