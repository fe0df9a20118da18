/** Chart colours by name: the same service or route has the same colour on every page. */

export const kChartColors = 6;
export const kOther = 'Other';

/** FNV-1a, 32 bits: stable across sessions and machines. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    value ^= text.charCodeAt(at);
    value = Math.imul(value, 0x01000193) >>> 0;
  }
  return value;
}

const assigned = new Map<string, Map<string, number>>();

/**
 * Index 1..6 of a chart colour for each name, within a project. A name keeps the colour its hash asks for;
 * on collision inside one chart the first come is served and the next takes the next free one.
 */
export function assign_colors(project: string, names: readonly string[]): Map<string, number> {
  const known = assigned.get(project) ?? new Map<string, number>();
  assigned.set(project, known);
  const result = new Map<string, number>();
  const taken = new Set<number>();
  const place = (name: string, wanted: number): void => {
    let slot = wanted;
    for (let step = 0; step < kChartColors && taken.has(slot); step += 1) slot = (slot % kChartColors) + 1;
    taken.add(slot);
    result.set(name, slot);
    if (!known.has(name)) known.set(name, slot);
  };
  const coloured = names.filter((name) => name !== kOther);
  for (const name of coloured.filter((one) => known.has(one))) place(name, known.get(name) ?? 1);
  for (const name of coloured.filter((one) => !known.has(one))) place(name, (hash(name) % kChartColors) + 1);
  return result;
}

/** A series' colour: an index of the chart palette, or a token that means something by itself. */
export type Color = number | `--${string}`;

/** CSS custom property of a colour; none means "everything else". */
export function color_token(color: Color | undefined): string {
  if (typeof color === 'string') return color;
  return color === undefined ? '--chart-other' : `--chart-${color}`;
}

/** The value a token has now; canvases cannot read custom properties themselves. */
export function token_value(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}
