// Fails when the built dashboard outgrows its budget:  node scripts/budget.mjs [dist dir]
// The last number of a line is the limit. Sizes are gzip 9, except the total (brotli 11, fonts as they are).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = process.argv[2] ?? 'dist';
const names = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();
const files = names.map((name) => {
  const bytes = readFileSync(name);
  const stored = name.endsWith('.woff2') || bytes.length < 512;
  return {
    name: name.slice(dist.length + 1),
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    packed: stored ? bytes.length : brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
  };
});

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const sum = (list, key) => list.reduce((total, file) => total + file[key], 0);
const html = readFileSync(join(dist, 'index.html'), 'utf8');
/** What index.html names is loaded before anything is on the screen; the page's own chunk comes on top. */
const entry = files.filter((file) => file.name.endsWith('.js') && html.includes(file.name));
const chunks = files.filter((file) => file.name.endsWith('.js') && !entry.includes(file) && !/charts/.test(file.name));

/** A chunk and everything it needs before it can run. */
function with_imports(file, known = new Set()) {
  if (known.has(file)) return known;
  known.add(file);
  const text = readFileSync(join(dist, file.name), 'utf8');
  for (const [, name] of text.matchAll(/(?:^|[;}])import\s*(?:[\w*${},\s]+from\s*)?["']\.\/([^"']+\.js)["']/g)) {
    const needed = files.find((one) => one.name === join('assets', name));
    if (needed) with_imports(needed, known);
  }
  return known;
}

const first = (file) => [...entry.reduce((known, one) => with_imports(one, known), with_imports(file))];
const [largest_page] = chunks.map((file) => ({ name: file.name, files: first(file) })).map((page) => ({ ...page, gzip: sum(page.files, 'gzip') })).sort((a, b) => b.gzip - a.gzip);

const checks = [
  [`script before the first useful paint (${largest_page.files.length} files up to ${largest_page.name})`, largest_page.gzip, 60 * 1024],
  ['style sheets', sum(files.filter((file) => file.name.endsWith('.css')), 'gzip'), 14 * 1024],
  ['fonts', sum(files.filter((file) => file.name.endsWith('.woff2')), 'raw'), 60 * 1024],
  ['everything embedded, brotli and fonts', sum(files, 'packed'), 260 * 1024],
  ['files', files.length, 20],
  ['requests until a page is complete, without API and fonts', largest_page.files.length + 4, 10],
];

for (const file of files) console.log(`${file.name.padEnd(58)} ${kib(file.raw).padStart(10)} ${kib(file.gzip).padStart(10)} gzip ${kib(file.packed).padStart(10)} packed`);
let over = false;
for (const [what, size, limit] of checks) {
  const show = (value) => (what === 'files' || what.startsWith('requests') ? String(value) : kib(value));
  const bad = size > limit;
  over ||= bad;
  console.log(`${bad ? 'OVER' : 'ok  '} ${what}: ${show(size)} of ${show(limit)}`);
}
process.exit(over ? 1 : 0);
