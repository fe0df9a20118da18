import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { pack } from '../scripts/pack.mjs';

let dist = '';

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'traceway-pack-'));
  mkdirSync(join(dist, 'assets'));
  writeFileSync(join(dist, 'index.html'), `<base href="/">${'<p>page</p>'.repeat(5)}`);
  writeFileSync(join(dist, 'assets/app-1.js'), 'const number = 1;\n'.repeat(100));
  writeFileSync(join(dist, 'assets/app-1.js.map'), '{}');
  writeFileSync(join(dist, 'assets/boot-2.js'), 'tiny');
  writeFileSync(join(dist, 'assets/font-3.woff2'), Buffer.alloc(2000, 7));
});

afterEach(() => rmSync(dist, { recursive: true }));

const kRow = /^\{"([^"]+)", "([^"]+)", "([0-9a-f]{32})", \{(\d+), (\d+)\}, \{(\d+), (\d+)\}, \{(\d+), (\d+)\}\},$/;

interface Packed {
  path: string;
  identity: Buffer;
  gzip: Buffer;
  brotli: Buffer;
}

function read(): Packed[] {
  const { blob, table } = pack(dist) as { blob: Buffer; table: string };
  return table.trimEnd().split('\n').map((row) => {
    const [, path, , , ...numbers] = kRow.exec(row) as unknown as [string, string, string, string, ...string[]];
    const [io, il, go, gl, bo, bl] = numbers.map(Number) as [number, number, number, number, number, number];
    return { path, identity: blob.subarray(io, io + il), gzip: blob.subarray(go, go + gl), brotli: blob.subarray(bo, bo + bl) };
  });
}

it('pack: rows are sorted by path and leave source maps out', () => {
  expect(read().map((row) => row.path)).toEqual(['/assets/app-1.js', '/assets/boot-2.js', '/assets/font-3.woff2', '/index.html']);
});

it('pack: text is kept compressed only, fonts and tiny files as they are', () => {
  const [app, boot, font] = read();
  expect(app!.identity).toHaveLength(0);
  expect(gunzipSync(app!.gzip).toString()).toBe('const number = 1;\n'.repeat(100));
  expect(brotliDecompressSync(app!.brotli)).toEqual(gunzipSync(app!.gzip));
  expect([boot!.identity.toString(), boot!.gzip.length, boot!.brotli.length]).toEqual(['tiny', 0, 0]);
  expect([font!.identity.length, font!.gzip.length]).toEqual([2000, 0]);
});

it('pack: the page is there in all three forms, however small', () => {
  const page = read()[3]!;
  expect(page.identity.toString()).toContain('<base href="/">');
  expect(gunzipSync(page.gzip)).toEqual(page.identity);
  expect(brotliDecompressSync(page.brotli)).toEqual(page.identity);
});

it('pack: the same files give the same bytes', () => {
  const [a, b] = [pack(dist), pack(dist)] as { blob: Buffer; table: string }[];
  expect(a!.table).toBe(b!.table);
  expect(a!.blob.equals(b!.blob)).toBe(true);
});

it('pack: an unknown kind of file is refused instead of served as something else', () => {
  writeFileSync(join(dist, 'assets/odd.xyz'), 'x');
  expect(() => pack(dist)).toThrow('odd.xyz');
});

it('pack: a folder without a page is refused', () => {
  rmSync(join(dist, 'index.html'));
  expect(() => pack(dist)).toThrow('index.html');
});
