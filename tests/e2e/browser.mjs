// A Chromium of its own with a watch on everything that must not happen: script errors, policy violations, other hosts.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { launch as launch_chromium } from '../support/chromium.mjs';

const kPatienceMs = 30_000;
const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => launch_chromium(chromium);

/** A page with a storage of its own. `problems` collects; `allow(pattern)` says which of them are meant to happen. */
export async function open(browser, url, { width = 1440, height = 900, theme = 'light', storageState } = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin', storageState });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatienceMs);
  const problems = [];
  const allowed = [];
  const report = (text) => allowed.some((pattern) => pattern.test(text)) || problems.push(text);
  page.on('pageerror', (error) => report(`error: ${error.message}`));
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && report(`console: ${message.text()}`));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(url).host) report(`left the server: ${request.url()}`);
  });
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  return { page, context, problems, allow: (pattern) => allowed.push(pattern) };
}

/** No violation of WCAG 2.0 to 2.2, A and AA. */
export async function assert_accessible(page, where) {
  // Evaluated by the debugger, so the content policy of the page stays as strict as it is.
  await page.evaluate(axe_source);
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
  const list = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  assert.deepEqual(list, [], `axe on ${where}`);
  assert.ok(found.passes.length > 5, `axe had something to look at on ${where}`);
}

export async function assert_fits(page, where) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${where} is ${overflow} px too wide`);
}
