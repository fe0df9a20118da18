/** How our charts look: the options of uPlot, made from tokens. */
import uPlot from 'uplot';
import { day, minute_of_day, type Zone } from '../format';
import type { Range } from '../time_range';
import { stack, type ChartSeries, type Marker } from './bucket';

export interface ChartSetup {
  kind: 'bars' | 'lines';
  at: number[];
  series: ChartSeries[];
  range: Range;
  interval_minutes: number;
  show: (value: number) => string;
  width: number;
  height: number;
  /** Distances between lines of the value axis that read well. */
  steps?: number[] | undefined;
  /** The newest bucket is not over yet. */
  filling: boolean;
  highlight: string | null;
  markers: readonly Marker[];
  zone: Zone;
  color: (name: string) => string;
  token: (name: string) => string;
  on_select: (range: Range) => void;
  on_hover: (slot: number | null, left: number) => void;
}

const kDaySeconds = 86_400;
const kSteps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, kDaySeconds, 2 * kDaySeconds, 7 * kDaySeconds, 14 * kDaySeconds];

/** Series in drawing order: stacked bars from the tallest pile down, so each covers the one below it. */
export function chart_data(kind: 'bars' | 'lines', at: number[], series: ChartSeries[]): uPlot.AlignedData {
  const x = at.map((ms) => ms / 1000);
  if (kind === 'lines') return [x, ...series.map((one) => one.values)];
  return [x, ...stack(series).reverse()];
}

/** Hatches the stretches in which nothing at all was measured. */
function hatch_gaps(u: uPlot, setup: ChartSetup): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio || 1;
  const width = setup.interval_minutes * 60;
  const empty = setup.at.map((_, slot) => setup.series.every((one) => one.values[slot] === null));
  ctx.save();
  ctx.beginPath();
  for (let slot = 0; slot < empty.length; slot += 1) {
    if (!empty[slot]) continue;
    let end = slot;
    while (empty[end + 1]) end += 1;
    const left = u.valToPos((setup.at[slot] ?? 0) / 1000, 'x', true);
    const right = u.valToPos((setup.at[end] ?? 0) / 1000 + width, 'x', true);
    ctx.rect(left, bbox.top, right - left, bbox.height);
    slot = end;
  }
  ctx.rect(0, 0, 0, 0);
  ctx.clip();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = setup.token('--line');
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  const step = 7 * ratio;
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** The bucket that is still filling is drawn at half strength. */
function fade_newest(u: uPlot, setup: ChartSetup): void {
  const newest = setup.at[setup.at.length - 1];
  if (!setup.filling || newest === undefined) return;
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(newest / 1000, 'x', true));
  ctx.save();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = setup.token('--canvas');
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.restore();
}

/** A thin line for each marker; then the labels, over the lines, each unless the one before is in the way. */
function draw_markers(u: uPlot, setup: ChartSetup): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio || 1;
  const right = bbox.left + bbox.width;
  const marks = setup.markers
    .map(({ at, label }) => ({ label, x: Math.round(u.valToPos(at / 1000, 'x', true)) + 0.5 * ratio }))
    .filter(({ x }) => x >= bbox.left && x <= right);
  ctx.save();
  ctx.strokeStyle = setup.token('--ink-2');
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 2 * ratio]);
  ctx.beginPath();
  for (const { x } of marks) {
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.font = `${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  let taken = -Infinity;
  for (const { x, label } of marks) {
    const width = ctx.measureText(label).width + 8 * ratio;
    const left = x + width > right ? x - width : x;
    if (left < taken) continue;
    taken = left + width;
    ctx.fillStyle = setup.token('--canvas');
    ctx.fillRect(left + ratio, bbox.top, width - 2 * ratio, 16 * ratio);
    ctx.fillStyle = setup.token('--ink-2');
    ctx.fillText(label, left + 4 * ratio, bbox.top + 2 * ratio);
  }
  ctx.restore();
}

function series_options(setup: ChartSetup): uPlot.Series[] {
  const bars = uPlot.paths.bars?.({ size: [0.82, 60], align: 1 });
  const list = setup.kind === 'bars' ? [...setup.series].reverse() : setup.series;
  return list.map((one) => {
    const color = setup.color(one.name);
    const quiet = setup.highlight !== null && setup.highlight !== one.name;
    if (setup.kind === 'bars') {
      const fill = quiet ? `color-mix(in srgb, ${color} 28%, ${setup.token('--canvas')})` : color;
      const paths = bars ? { paths: bars } : {};
      return { label: one.name, fill, stroke: fill, width: 0, points: { show: false }, ...paths };
    }
    return {
      label: one.name,
      stroke: color,
      alpha: quiet ? 0.25 : 1,
      width: 1.5,
      spanGaps: false,
      // A value between two gaps would be invisible as a line.
      points: { show: true, size: 4, fill: color, width: 0, filter: lonely_points },
    };
  });
}

const lonely_points: uPlot.Series.Points.Filter = (u, series_index) => {
  const values = u.data[series_index] ?? [];
  const lonely: number[] = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) lonely.push(at);
  }
  return lonely;
};

/** Round times of the zone on the screen, days by their name. */
function time_splits(zone: Zone): uPlot.Axis.Splits {
  return (_u, _axis, low, high, increment) => {
    const offset = zone === 'utc' ? 0 : new Date(low * 1000).getTimezoneOffset() * 60;
    const splits: number[] = [];
    for (let at = Math.ceil((low - offset) / increment) * increment + offset; at <= high; at += increment) splits.push(at);
    return splits;
  };
}

export function build_options(setup: ChartSetup): uPlot.Options {
  const ink = setup.token('--ink-3');
  const line = setup.token('--line');
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const bars = setup.kind === 'bars';
  const first = setup.at[0] ?? setup.range.from;
  return {
    width: setup.width,
    height: setup.height,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: bars ? { show: false } : { size: 7 },
      drag: { x: true, y: false, setScale: false },
      focus: { prox: -1 },
      // A bar stands for all of its bucket, so the pointer picks the bucket it is in.
      dataIdx: (u, _series, closest, x) => {
        if (!bars) return closest;
        const slot = Math.floor((x * 1000 - first) / (setup.interval_minutes * 60_000));
        return Math.max(0, Math.min((u.data[0]?.length ?? 1) - 1, slot));
      },
    },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: () => [Math.min(first, setup.range.from) / 1000, setup.range.to / 1000] },
      y: { range: (_u, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      {
        stroke: ink,
        font,
        gap: 4,
        size: 24,
        space: 70,
        incrs: kSteps,
        grid: { show: false },
        ticks: { stroke: line, width: 1, size: 4 },
        splits: time_splits(setup.zone),
        values: (u, splits, _axis, _space, increment) =>
          splits.map((at) => {
            // A label that the edge would cut is left out.
            if (u.valToPos(at, 'x') > u.bbox.width / (devicePixelRatio || 1) - 18) return '';
            const clock = minute_of_day(at * 1000, setup.zone);
            return increment >= kDaySeconds || clock === '00:00' ? day(at * 1000, setup.zone) : clock;
          }),
      },
      {
        stroke: ink,
        font,
        gap: 6,
        size: 64,
        space: 36,
        ...(setup.steps ? { incrs: setup.steps } : {}),
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_u, splits) => splits.map((value) => (value === 0 ? '0' : setup.show(value))),
      },
    ],
    series: [{}, ...series_options(setup)],
    hooks: {
      drawClear: [(u) => hatch_gaps(u, setup)],
      draw: [(u) => fade_newest(u, setup), (u) => draw_markers(u, setup)],
      setCursor: [(u) => setup.on_hover(u.cursor.idx ?? null, (u.cursor.left ?? 0) + u.over.offsetLeft)],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          const from = u.posToVal(u.select.left, 'x') * 1000;
          const to = u.posToVal(u.select.left + u.select.width, 'x') * 1000;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          setup.on_select({ from, to });
        },
      ],
    },
  };
}
