// Pictures of the real server with the demo company's three days:  node tests/e2e/pictures.mjs [out dir] [name filter]
// Those of the README (packaging/pictures) are made this way: node tests/e2e/pictures.mjs packaging/pictures -light-wide
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TracewayServer } from '../support/traceway_server.mjs';
import { launch, open } from './browser.mjs';

const kRoot = resolve(import.meta.dirname, '../..');
const kOut = resolve(process.argv[2] ?? join(kRoot, 'build/pictures'));
const kOnly = process.argv[3] ?? '';
const kEmail = 'demo@example.com';
const kPassword = 'demo of a small company';
const kSizes = { wide: [1440, 900], phone: [390, 844] };

const chart = (page) => page.locator('.u-over').first().waitFor();
const rows = (page) => page.locator('tbody tr').first().waitFor();

async function first_row(page, path) {
  await page.goto(path);
  await rows(page);
  await page.locator('tbody tr a').first().click();
}

/** How to come to each page, and when it is complete. */
const kPages = {
  overview: async (page) => { await page.goto('/'); await chart(page); },
  issues: async (page) => { await page.goto('/issues'); await rows(page); },
  peek: async (page) => { await page.goto('/issues'); await rows(page); await page.keyboard.press('j'); await page.keyboard.press(' '); await page.getByRole('complementary', { name: 'Peek' }).getByText('Where').waitFor(); },
  issue: async (page) => { await first_row(page, '/issues'); await page.getByRole('heading', { name: 'Stack trace' }).waitFor(); await chart(page); },
  events: async (page) => { await first_row(page, '/issues'); await page.getByRole('heading', { name: 'Stack trace' }).waitFor(); await page.goto(`${new URL(page.url()).pathname}/events`); await rows(page); },
  endpoints: async (page) => { await page.goto('/endpoints'); await rows(page); await chart(page); },
  endpoint: async (page) => { await first_row(page, '/endpoints'); await rows(page); },
  request: async (page) => { await page.goto(`/endpoints/${encodeURIComponent('POST /orders')}`); await page.locator('tbody a').first().click(); await page.getByRole('treegrid').getByRole('row').first().waitFor(); },
  tasks: async (page) => { await page.goto('/tasks'); await rows(page); },
};

const server = await TracewayServer.start();
const browser = await launch();
try {
  mkdirSync(kOut, { recursive: true });
  const binary = resolve(process.env.TRACEWAY_BINARY ?? join(kRoot, 'build/traceway'));
  execFileSync(binary, ['demo', '--url', server.url, '--days', '3', '--seed', '11', '--email', kEmail], { env: { ...process.env, TRACEWAY_PASSWORD: kPassword }, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const theme of ['light', 'dark']) {
    for (const [size, [width, height]] of Object.entries(kSizes)) {
      const { page, context, problems } = await open(browser, server.url, { width, height, theme });
      await page.goto('/login');
      await page.getByLabel('Email').fill(kEmail);
      await page.getByLabel('Password', { exact: true }).fill(kPassword);
      await page.keyboard.press('Enter');
      await chart(page);
      for (const [name, go] of Object.entries(kPages)) {
        const file = `${name}-${theme}-${size}.png`;
        if (!file.includes(kOnly)) continue;
        await go(page);
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(kOut, file) });
      }
      if (problems.length > 0) console.log(theme, size, problems);
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
