import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

type Palette = Record<string, string>;

const text = readFileSync(resolve(__dirname, 'tokens.css'), 'utf8');

function palette_after(marker: string): Palette {
  const start = text.indexOf(marker);
  expect(start, marker).toBeGreaterThan(-1);
  const block = text.slice(start, text.indexOf('}', start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

const light = palette_after(':root {');
const dark = palette_after(":root[data-theme='dark'] {");
const dark_by_system = palette_after(":root:not([data-theme='light']) {");

function channels(hex: string): [number, number, number] {
  const value = (at: number): number => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return [value(1), value(3), value(5)];
}

function luminance(hex: string): number {
  const [r, g, b] = channels(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
const kVision: Record<string, number[][]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function oklab(hex: string, vision: string): number[] {
  const source = channels(hex);
  const [r, g, b] = kVision[vision]!.map((row) =>
    Math.min(1, Math.max(0, row.reduce((sum, k, i) => sum + k * source[i]!, 0))),
  ) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function smallest_distance(palette: Palette, vision: string): number {
  const points = [1, 2, 3, 4, 5, 6].map((n) => oklab(palette[`chart-${n}`]!, vision));
  let least = Infinity;
  points.forEach((a, i) =>
    points.slice(i + 1).forEach((b) => {
      least = Math.min(least, Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!));
    }),
  );
  return least;
}

describe.each([
  ['light', light, { ink: 14.7, 'ink-2': 7, 'ink-3': 4.5, accent: 5.5, danger: 4.5, warn: 4.5, ok: 4.5, info: 4.5, violet: 4.5 }],
  ['dark', dark, { ink: 14.7, 'ink-2': 8.7, 'ink-3': 5.6, accent: 8.4, danger: 4.5, warn: 4.5, ok: 4.5, info: 4.5, violet: 4.5 }],
] as const)('tokens, %s theme', (_name, palette: Palette, floors: Record<string, number>) => {
  it.each(Object.entries(floors))('%s keeps a contrast of %d on every ground', (token, floor) => {
    for (const ground of ['canvas', 'surface', 'sunk']) {
      expect(contrast(palette[token]!, palette[ground]!), `${token} on ${ground}`).toBeGreaterThanOrEqual(floor);
    }
  });

  it.each(['danger', 'warn', 'ok', 'info', 'violet'])('%s is readable on its own tint', (token) => {
    expect(contrast(palette[token]!, palette[`${token}-tint`]!)).toBeGreaterThanOrEqual(5);
  });

  it('ink and meta text are readable on every tint', () => {
    for (const tint of ['danger', 'warn', 'ok', 'info', 'violet']) {
      expect(contrast(palette['ink']!, palette[`${tint}-tint`]!)).toBeGreaterThanOrEqual(7);
    }
  });

  it('text on the accent is readable', () => {
    expect(contrast(palette['on-accent']!, palette['accent']!)).toBeGreaterThanOrEqual(6);
  });

  it('edges and chart colours stand out from the surface', () => {
    for (const token of ['edge', 'chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6', 'chart-other']) {
      expect(contrast(palette[token]!, palette['surface']!), token).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(Object.keys(kVision))('six chart colours stay apart for %s vision', (vision) => {
    expect(smallest_distance(palette, vision)).toBeGreaterThanOrEqual(0.085);
  });
});

it('both ways into the dark theme name the same colours', () => {
  expect(dark_by_system).toEqual(dark);
});
