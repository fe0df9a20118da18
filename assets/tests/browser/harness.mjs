// Starts the built dashboard on invented data and a Chromium to look at it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { start } from '../dev-server.mjs';

const kFlags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function chromium_path() {
  const wanted = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return wanted.find((path) => path && existsSync(path));
}

export async function open_all(options = {}) {
  const executablePath = chromium_path();
  if (!executablePath) throw new Error('No Chromium found; set CHROMIUM to its path.');
  const served = await start(options);
  const browser = await chromium.launch({ executablePath, args: kFlags });
  return {
    ...served,
    browser,
    /** A page of its own storage; problems of any kind are collected in `problems`. */
    async page({ width = 1440, height = 900, theme = 'light', signed_in = true, storage = {} } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin' });
      const values = { traceway_timezone: 'utc', ...(signed_in ? { traceway_token: 'dev-token', traceway_user: JSON.stringify({ id: 1, name: 'Ana Petrović', email: 'ana@example.com' }) } : {}), ...storage };
      await context.addInitScript((entries) => {
        if (sessionStorage.getItem('seeded')) return;
        sessionStorage.setItem('seeded', 'yes');
        for (const [key, value] of Object.entries(entries)) localStorage.setItem(key, value);
      }, values);
      const page = await context.newPage();
      const problems = [];
      page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(`console: ${message.text()}`));
      page.on('request', (request) => {
        const { protocol, host } = new URL(request.url());
        if (protocol.startsWith('http') && host !== new URL(served.url).host) problems.push(`left the server: ${request.url()}`);
      });
      return { page, problems };
    },
    async close() {
      await browser.close();
      served.server.close();
    },
  };
}

/** The first request of a route's list, through the interface. */
export async function open_request(page, url, endpoint) {
  await page.goto(`${url}/endpoints/${encodeURIComponent(endpoint)}`);
  await page.locator('tbody tr a').first().click();
  await page.locator('[role=treegrid]').waitFor();
}
