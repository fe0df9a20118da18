// Pictures of every page in both themes and two widths:  node tests/browser/pictures.mjs <out dir> [name filter]
import { mkdirSync } from 'node:fs';
import { open_all, open_request } from './harness.mjs';

const out = process.argv[2] ?? 'pictures';
const only = process.argv[3] ?? '';
mkdirSync(out, { recursive: true });
const all = await open_all();

const kPages = {
  login: { signed_in: false, go: (page) => page.goto(`${all.url}/login`) },
  endpoints: { go: async (page) => { await page.goto(`${all.url}/endpoints`); await page.locator('.u-over').waitFor(); } },
  endpoint: { go: async (page) => { await page.goto(`${all.url}/endpoints/${encodeURIComponent('POST /api/checkout')}`); await page.locator('tbody a').first().waitFor(); } },
  trace: { go: (page) => open_request(page, all.url, 'GET /api/users/:id/invoices') },
  failed: { go: async (page) => { await open_request(page, all.url, 'POST /api/checkout'); await page.keyboard.press('e'); await page.keyboard.press('e'); } },
  overview: { go: async (page) => { await page.goto(`${all.url}/`); await page.locator('.u-over').waitFor(); } },
  tasks: { go: async (page) => { await page.goto(`${all.url}/tasks`); await page.locator('.u-over').waitFor(); } },
  task: { go: async (page) => { await page.goto(`${all.url}/tasks/sync%20stock%20levels`); await page.locator('tbody a').first().waitFor(); } },
  run: { go: async (page) => { await page.goto(`${all.url}/tasks/sync%20stock%20levels`); await page.locator('tbody tr', { hasText: 'Failed' }).first().locator('a').click(); await page.locator('[role=treegrid]').waitFor(); } },
  connection: { go: async (page) => { await page.goto(`${all.url}/connection`); await page.getByRole('button', { name: 'Send a sample' }).waitFor(); } },
  first: { go: async (page) => { await page.goto(`${all.url}/?project=22222222-2222-4222-8222-222222222222`); await page.getByRole('button', { name: 'Send a sample' }).waitFor(); } },
  empty: { go: (page) => page.goto(`${all.url}/endpoints?project=22222222-2222-4222-8222-222222222222`) },
};

for (const theme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const [name, { go, signed_in }] of Object.entries(kPages)) {
      const file = `${name}-${theme}-${width}.png`;
      if (!file.includes(only)) continue;
      const { page, problems } = await all.page({ width, height, theme, signed_in });
      await go(page);
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${out}/${file}` });
      if (problems.length > 0) console.log(file, problems);
      await page.context().close();
    }
  }
}
await all.close();
