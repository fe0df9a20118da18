// Packs the built dashboard into one blob and a C++ table of what lies where:
//   node scripts/pack.mjs <dist dir> <out blob> <out index.inc>
// One row per file, sorted by path:
//   {"<path>", "<type>", "<first 32 hex digits of SHA-256>", {identity}, {gzip}, {brotli}},   each {offset, length}, length 0 = absent
// Fonts and files under 512 bytes are stored as they are; the rest as gzip 9 and brotli 11. index.html is there in all
// three forms, because the server writes its base path into the plain one. Same input, same output, byte for byte.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const kStoredBelow = 512;
const kTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

function type_of(path) {
  const type = kTypes[extname(path)];
  if (!type) throw new Error(`No media type is known for ${path}`);
  return type;
}

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

/** The forms a file is kept in; null where a form is absent. */
function forms_of(path, bytes) {
  const as_is = path.endsWith('.woff2') || bytes.length < kStoredBelow;
  const page = path === '/index.html';
  return {
    identity: as_is || page ? bytes : null,
    gzip: as_is && !page ? null : gzipSync(bytes, { level: 9 }),
    brotli: as_is && !page ? null : brotli(bytes),
  };
}

/** All files under `dist`, as { blob, table }. */
export function pack(dist) {
  const paths = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) !== '.map')
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => ({ file, path: `/${relative(dist, file).split(sep).join('/')}` }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const pieces = [];
  let offset = 0;
  const place = (bytes) => {
    if (bytes === null) return '{0, 0}';
    const at = offset;
    pieces.push(bytes);
    offset += bytes.length;
    return `{${at}, ${bytes.length}}`;
  };
  const rows = paths.map(({ file, path }) => {
    const bytes = readFileSync(file);
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    const { identity, gzip, brotli: smallest } = forms_of(path, bytes);
    return `{"${path}", "${type_of(path)}", "${hash}", ${place(identity)}, ${place(gzip)}, ${place(smallest)}},`;
  });
  if (!paths.some(({ path }) => path === '/index.html')) throw new Error(`${dist} holds no index.html`);
  return { blob: Buffer.concat(pieces), table: `${rows.join('\n')}\n` };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [dist, blob_path, table_path] = process.argv.slice(2);
  if (!dist || !blob_path || !table_path) {
    console.error('usage: node scripts/pack.mjs <dist dir> <out blob> <out index.inc>');
    process.exit(2);
  }
  const { blob, table } = pack(dist);
  writeFileSync(blob_path, blob);
  writeFileSync(table_path, table);
}
