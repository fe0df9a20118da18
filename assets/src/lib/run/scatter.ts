/** Drawing of the scatter of requests or runs: axes, percentile lines, points. */
import { day, duration, minute_of_day, type Zone } from '../format';
import type { Range } from '../time_range';
import type { RunRow, RunStats } from '../types';
import type { Shape } from '../ui/status';

export interface Axis {
  left: number;
  width: number;
  height: number;
  /** Powers of ten of ns. */
  low: number;
  high: number;
  range: Range;
  x: (ms: number) => number;
  y: (ns: number) => number;
  time: (x: number) => number;
}

export interface Spot {
  row: RunRow;
  x: number;
  y: number;
  shape: Shape;
}

export interface Drawing {
  axis: Axis;
  spots: Spot[];
  stats: RunStats | null;
  zone: Zone;
  token: (name: string) => string;
  font: string;
}

const kLeft = 64;
const kBottom = 24;
const kTop = 8;
const kSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160].map((minutes) => minutes * 60_000);

export function axis_of(points: readonly RunRow[], range: Range, full_width: number, full_height: number): Axis {
  let least = Infinity;
  let most = 1e6;
  for (const row of points) {
    least = Math.min(least, Math.max(1e3, row.duration));
    most = Math.max(most, row.duration);
  }
  if (!Number.isFinite(least)) least = 1e6;
  // A little air on both sides, in decades.
  const low = Math.log10(least) - 0.15;
  const high = Math.max(low + 1, Math.log10(most) + 0.12);
  const width = Math.max(1, full_width - kLeft);
  const height = full_height - kBottom;
  const length = Math.max(1, range.to - range.from);
  return {
    left: kLeft,
    width,
    height,
    low,
    high,
    range,
    x: (ms) => kLeft + ((ms - range.from) / length) * width,
    y: (ns) => height - ((Math.log10(Math.max(1, ns)) - low) / (high - low)) * (height - kTop),
    time: (x) => range.from + ((x - kLeft) / width) * length,
  };
}

function draw_grid(ctx: CanvasRenderingContext2D, { axis, token, zone, font }: Drawing): void {
  ctx.font = `12px ${font}`;
  ctx.strokeStyle = token('--line');
  ctx.fillStyle = token('--ink-3');
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  const decades = axis.high - axis.low;
  for (let power = Math.ceil(axis.low); power <= axis.high; power += 1) {
    for (const factor of decades < 2.2 ? [1, 3] : [1]) {
      const ns = factor * 10 ** power;
      const y = Math.round(axis.y(ns)) + 0.5;
      if (y < kTop || y > axis.height) continue;
      line(ctx, axis.left, y, axis.left + axis.width, y);
      ctx.fillText(duration(ns), axis.left - 8, y);
    }
  }
  line(ctx, axis.left, axis.height + 0.5, axis.left + axis.width, axis.height + 0.5);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  const wanted = Math.max(2, axis.width / 90);
  const length = axis.range.to - axis.range.from;
  const step = kSteps.find((ms) => length / ms <= wanted) ?? 30 * 86_400_000;
  const offset = zone === 'utc' ? 0 : new Date(axis.range.from).getTimezoneOffset() * 60_000;
  for (let at = Math.ceil((axis.range.from - offset) / step) * step + offset; at <= axis.range.to; at += step) {
    const x = Math.round(axis.x(at)) + 0.5;
    line(ctx, x, axis.height, x, axis.height + 4);
    const clock = minute_of_day(at, zone);
    const text = step >= 86_400_000 || clock === '00:00' ? day(at, zone) : clock;
    if (x > axis.left + 16 && x < axis.left + axis.width - 16) ctx.fillText(text, x, axis.height + 7);
  }
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

/** The percentiles of all calls of the range, also of those not drawn. */
function draw_percentiles(ctx: CanvasRenderingContext2D, { axis, stats, token, font }: Drawing): void {
  if (!stats || stats.count === 0) return;
  ctx.font = `12px ${font}`;
  ctx.strokeStyle = token('--edge');
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  let last = Infinity;
  const marks: [string, number][] = [['p50', stats.medianDuration], ['p95', stats.p95Duration], ['p99', stats.p99Duration]];
  for (const [name, ms] of marks) {
    const y = Math.round(axis.y(ms * 1e6)) + 0.5;
    if (y < kTop || y > axis.height) continue;
    ctx.setLineDash([4, 4]);
    line(ctx, axis.left, y, axis.left + axis.width, y);
    ctx.setLineDash([]);
    if (last - y < 14) continue;
    last = y;
    const text = `${name} ${duration(ms * 1e6)}`;
    const width = ctx.measureText(text).width;
    ctx.fillStyle = token('--canvas');
    ctx.globalAlpha = 0.85;
    ctx.fillRect(axis.left + 4, y - 16, width + 8, 15);
    ctx.globalAlpha = 1;
    ctx.fillStyle = token('--ink-2');
    ctx.fillText(text, axis.left + 8, y - 1);
  }
}

function draw_spot(ctx: CanvasRenderingContext2D, spot: Spot, drawing: Drawing): void {
  const { x, y } = spot;
  ctx.beginPath();
  if (spot.shape === 'critical') {
    ctx.moveTo(x, y - 5);
    ctx.lineTo(x + 5, y);
    ctx.lineTo(x, y + 5);
    ctx.lineTo(x - 5, y);
    ctx.closePath();
    ctx.fillStyle = drawing.token('--danger');
    ctx.fill();
  } else if (spot.shape === 'high') {
    ctx.moveTo(x, y - 4.5);
    ctx.lineTo(x + 4.5, y + 3.5);
    ctx.lineTo(x - 4.5, y + 3.5);
    ctx.closePath();
    ctx.fillStyle = drawing.token('--warn');
    ctx.fill();
  } else {
    const color = drawing.token(spot.shape === 'info' ? '--info' : '--accent');
    ctx.arc(x, y, 3, 0, Math.PI * 2);
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = color;
    ctx.fill();
    ctx.globalAlpha = 0.9;
    ctx.strokeStyle = color;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }
}

export function draw(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const ratio = devicePixelRatio || 1;
  const { axis } = drawing;
  canvas.width = Math.round((axis.left + axis.width) * ratio);
  canvas.height = Math.round((axis.height + kBottom) * ratio);
  const ctx = canvas.getContext('2d');
  if (!ctx) return;
  ctx.scale(ratio, ratio);
  ctx.lineWidth = 1;
  draw_grid(ctx, drawing);
  ctx.save();
  ctx.beginPath();
  ctx.rect(axis.left, 0, axis.width, axis.height);
  ctx.clip();
  // Failures last, so that no crowd hides them.
  const rank = (spot: Spot): number => (spot.shape === 'critical' ? 2 : spot.shape === 'high' ? 1 : 0);
  for (const spot of [...drawing.spots].sort((a, b) => rank(a) - rank(b))) draw_spot(ctx, spot, drawing);
  ctx.restore();
  draw_percentiles(ctx, drawing);
}
