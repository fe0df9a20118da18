/** The small picture of the whole trace: every span as a line at its depth. */
import type { Palette } from './palette';
import type { Trace } from './span_tree';

export function draw_overview(canvas: HTMLCanvasElement, trace: Trace, palette: Palette, token: (name: string) => string): void {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext('2d');
  if (!ctx || width === 0) return;
  ctx.scale(ratio, ratio);
  const colors = new Map<string, string>();
  let deepest = 1;
  for (const node of trace.nodes) deepest = Math.max(deepest, node.depth);
  const rows = Math.min(deepest + 1, Math.floor((height - 8) / 2));
  const step = Math.min(6, (height - 8) / rows);
  const danger = token('--danger');
  for (const index of trace.order) {
    const node = trace.nodes[index]!;
    const name = palette.token_of(node);
    let color = colors.get(name);
    if (color === undefined) colors.set(name, (color = token(name)));
    ctx.fillStyle = node.error ? danger : color;
    ctx.globalAlpha = node.children.length > 0 ? 0.55 : 1;
    const x = (node.start / trace.length) * width;
    const y = 4 + Math.min(node.depth, rows - 1) * step;
    ctx.fillRect(x, y, Math.max(1, (node.duration / trace.length) * width), Math.max(1, step - 1));
  }
  ctx.globalAlpha = 1;
}
