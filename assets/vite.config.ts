import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * The theme script must block the first paint, so it stays a classic script and cannot join the module graph.
 * This plugin gives it a hashed name like every other file, and preloads the two fonts (font-display: optional
 * uses them only if they arrive in time).
 */
function head_files(): Plugin {
  return {
    name: 'traceway-head-files',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'asset', name: 'boot.js', source: readFileSync(`${root}src/boot.js`, 'utf8') });
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, context) {
        const names = Object.keys(context.bundle ?? {});
        const boot = names.find((name) => /boot-[^/]+\.js$/.test(name));
        if (boot === undefined) throw new Error('boot.js is missing from the bundle');
        const fonts = names.filter((name) => name.endsWith('.woff2'));
        const preloads = fonts.map((href) => `\n    <link rel="preload" as="font" type="font/woff2" crossorigin href="${href}">`);
        return html
          .replace(/<script src="[^"]*boot\.js"><\/script>/, `<script src="${boot}"></script>`)
          .replace(/<base [^>]*>/, (base) => base + preloads.join(''));
      },
    },
  };
}

/** A few chunks by use instead of one per module. What an earlier group takes, with all it imports, a later one does not. */
const kChunks = [
  { name: 'core', test: /\/src\/lib\/(?!trace\/|chart\/|figures\/|run\/|guide\/|issue\/(?!archive|attr|run)|(live|screen|selection)|frameworks|ui\/(FirstSteps|SignInFrame|ActionMenu|LiveSwitch|KeySheet|NewProject))|\/src\/pages\/(index|not_found)|\/node_modules\/(svelte|esm-env|clsx|@lucide)\// },
  { name: 'trace', test: /\/src\/(lib\/trace|pages\/trace)\// },
  { name: 'dialogs', test: /\/src\/lib\/(ui\/(KeySheet|NewProject)|frameworks)/ },
  { name: 'sign_in', test: /\/src\/(pages\/(login|register)|lib\/ui\/SignInFrame)/ },
  { name: 'figures', test: /\/src\/lib\/(chart\/(?!uplot|options|ChartTable)|figures|ui)/ },
  { name: 'charts', test: /\/node_modules\/uplot\/|\/src\/lib\/chart\// },
  { name: 'runs', test: /\/src\/(pages\/(endpoints?|tasks?)|lib\/run)\// },
  { name: 'issue', test: /\/src\/(pages\/(issue|issue_event)\/|lib\/issue\/(?!Filter|filter|Marked|EventAttributes|share))/ },
  { name: 'issue_more', test: /\/src\/(lib\/issue\/(EventAttributes|share)|pages\/issues\/Peek)/ },
  { name: 'issue_filter', test: /\/src\/lib\/issue\// },
  { name: 'issues', test: /\/src\/pages\/issues\// },
  { name: 'events', test: /\/src\/pages\/issue_events\// },
  { name: 'overview', test: /\/src\/pages\/overview\// },
  { name: 'guide', test: /\/src\/(pages\/connection|lib\/guide\/(?!snippets))/ },
  { name: 'recipes', test: /\/src\/lib\/guide\// },
];

/** Letters that tell the styles of one component from another's: they stand in every selector. */
const kScopeLength = 4;

export default defineConfig({
  root,
  // Relative names: the server rewrites one <base href> and everything follows.
  base: './',
  plugins: [svelte({ compilerOptions: { cssHash: ({ hash, css }) => `s${hash(css).slice(0, kScopeLength)}` } }), tailwindcss(), head_files()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy allows fonts and scripts from this origin only: nothing becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One style sheet: it is smaller than the requests that splitting it would cost.
    cssCodeSplit: false,
    chunkSizeWarningLimit: 200,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        codeSplitting: { groups: kChunks.map((group, at) => ({ ...group, priority: kChunks.length - at })) },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': process.env['TRACEWAY_URL'] ?? 'http://127.0.0.1:8082' },
  },
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    // Machines are shared: a slow one must not look like a broken test.
    testTimeout: 60_000,
  },
});
