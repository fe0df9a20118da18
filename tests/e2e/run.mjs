// A browser's way through the real server, from the first visit over the connection guide to the waterfall of what an SDK reported.
//   npm ci --ignore-scripts --prefix tests/e2e && TRACEWAY_BINARY=build/traceway node tests/e2e/run.mjs
// Pictures of every page in both themes and two widths go to build/e2e/.
import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { kAccount, TracewayServer } from '../support/traceway_server.mjs';
import { assert_accessible, assert_fits, launch, open } from './browser.mjs';
import { kCheckout, kCheckoutWork, kSelectCart, kTask, names_of, Shop } from './shop.mjs';

const pictures = resolve(import.meta.dirname, '../../build/e2e');
mkdirSync(pictures, { recursive: true });

const kThemes = ['light', 'dark'];
const kSizes = [[1440, 900], [390, 844]];
const kCheckoutPath = `/endpoints/${encodeURIComponent(kCheckout)}`;

let passed = 0;
let failed = 0;

/** A step of the walk. Those after it need it, so the first failure ends the walk. */
async function step(name, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).split('\n').slice(0, 30).join('\n     ')}`);
    throw error;
  }
}

const list_ready = (page) => page.locator('tbody tr').first().waitFor();
const chart_ready = (page) => page.locator('.u-over').first().waitFor();
const waterfall_ready = (page) => page.getByRole('treegrid').getByRole('row').first().waitFor();
const snippet = (page) => page.getByRole('region', { name: 'Start: Environment' }).innerText();
const overview_ready = (page) => page.getByRole('heading', { name: 'Traffic and errors' }).waitFor();
const guide_ready = (page) => page.getByRole('button', { name: 'Send a sample event from here' }).waitFor();
const kTaskPath = `/tasks/${encodeURIComponent(kTask)}`;

/** Names of the rows of a waterfall, top to bottom. */
function row_names(page) {
  return page.getByRole('treegrid').getByRole('row').evaluateAll((rows) => {
    const top = (row) => Number.parseFloat(row.style.top);
    return rows.sort((a, b) => top(a) - top(b)).map((row) => row.querySelector('.label').textContent);
  });
}

/** What a waterfall shows of the checkout before folds are opened: one row for the six updates. */
const folded = (names) => names.filter((name, at) => name !== 'UPDATE stock' || names[at - 1] !== name);

async function register(server, { page }) {
  await step('the first visit leads to the first account', async () => {
    const answer = await page.goto(server.url);
    assert.match(answer.headers()['content-security-policy'] ?? '', /default-src '(self|none)'/);
    await page.waitForURL('**/register');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await assert_accessible(page, 'register, step 1');
  });
  await step('what is missing is said before anything is sent', async () => {
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Your name is missing.').waitFor();
    await assert_accessible(page, 'register with problems');
  });
  await step('two steps make the account and the project', async () => {
    await page.getByLabel('Name').fill(kAccount.name);
    await page.getByLabel('Email').fill(kAccount.email);
    await page.getByLabel('Password', { exact: true }).fill(kAccount.password);
    await page.getByLabel('Organization').fill(kAccount.organizationName);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Project').fill(kAccount.projectName);
    await assert_accessible(page, 'register, step 2');
    await page.getByRole('button', { name: 'Create account and project' }).click();
    await page.waitForURL(`${server.url}/`);
    const answer = await server.call('POST', '/api/login', { email: kAccount.email, password: kAccount.password });
    server.token = answer.token;
    server.project = answer.projects[0];
    assert.equal(server.project.name, kAccount.projectName);
  });
}

async function first_data(server, { page }) {
  await step("an empty project shows how to connect, with this server's address and this project's token", async () => {
    await page.getByText('Waiting for the first event').waitFor();
    await guide_ready(page);
    const masked = await snippet(page);
    assert.ok(masked.includes(`${server.url}/api/otel`), masked);
    assert.ok(!masked.includes(server.project.token), 'the token is masked');
    await page.getByRole('button', { name: 'Reveal the token' }).click();
    assert.ok((await snippet(page)).includes(server.project.token));
    await assert_accessible(page, 'first steps');
  });
  await pictures_of(page.context().browser(), server, page, { 'first-steps': (tab) => tab.goto(`${server.url}/`).then(() => guide_ready(tab)) });
  await step('the page turns into the overview by itself, within two seconds of the first event', async () => {
    const shop = new Shop(server.otlp());
    shop.checkout(Date.now() - 2500);
    await shop.flush();
    await shop.close();
    const arrived = Date.now();
    await overview_ready(page);
    assert.ok(Date.now() - arrived < 2000, `${Date.now() - arrived} ms`);
    await page.getByText('Waiting for the first event').waitFor({ state: 'detached' });
  });
  await step('the endpoints have what was reported', async () => {
    await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Endpoints' }).click();
    await page.getByRole('heading', { level: 1, name: 'Endpoints' }).waitFor();
    await page.locator('tbody').getByRole('link', { name: kCheckout }).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 2, 'the checkout, and the charge it asked the other service for');
  });
}

async function connect(server, browser, signed_in) {
  const { page, context, problems } = await open(browser, server.url, { storageState: await signed_in.context().storageState() });
  await step('the check list ticks what has arrived, and a sample from the browser is accepted', async () => {
    await page.goto(`${server.url}/connection`);
    await page.locator('[data-kind=request].here').waitFor();
    assert.equal(await page.locator('[data-kind=task].here').count(), 0);
    await page.getByRole('button', { name: 'Send a sample event from here' }).click();
    await page.getByText('Accepted by the server.').waitFor();
    const { data } = await server.ask('/endpoints/grouped', { pagination: { page: 1, pageSize: 100 } });
    assert.ok(data.some((group) => group.endpoint === 'GET /traceway-check'));
  });
  await step('what the server refused is told with its reason', async () => {
    const { url, headers } = server.otlp();
    const answer = await fetch(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'text/csv' }, body: 'a,b' });
    assert.equal(answer.status, 415);
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    await page.getByText('415').waitFor();
    await assert_accessible(page, 'connection with a refusal');
  });
  assert.deepEqual(problems, []);
  await context.close();
}

async function look_at_the_request(server, { page }) {
  await step('from the list to the route, and on to the request', async () => {
    await page.locator('tbody').getByRole('link', { name: kCheckout }).click();
    await page.waitForURL(`**${kCheckoutPath}`);
    await list_ready(page);
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.locator('tbody a').first().click();
    await waterfall_ready(page);
  });
  await step('the waterfall shows exactly the spans that were sent', async () => {
    const names = names_of(kCheckoutWork);
    await page.setViewportSize({ width: 1440, height: 1400 });
    assert.deepEqual(await row_names(page), folded(names));
    await page.getByText(`${names.length} spans · 2 services`).waitFor();
    await page.getByRole('treegrid').getByText('×6').click();
    await page.waitForFunction((count) => document.querySelectorAll('[role=treegrid] [role=row]').length === count, names.length + 1);
    assert.deepEqual(await row_names(page), names.flatMap((name, at) => (name === 'UPDATE stock' && names[at - 1] !== name ? [name, name] : [name])), 'an opened fold keeps its own row');
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  await step('durations are the ones that were sent', async () => {
    const duration_of = (name) => page.getByRole('treegrid').getByRole('row', { name: new RegExp(`^${name},`) }).locator('.figure').innerText();
    assert.equal(await duration_of(kCheckout), '1.18 s');
    assert.equal(await duration_of('SELECT cart_items'), '52 ms');
    assert.equal(await duration_of('score risk'), '74 ms');
  });
  await step('the key e leads to the failed span, with its exception and its service', async () => {
    await page.getByRole('treegrid').focus();
    await page.keyboard.press('e');
    const panel = page.getByRole('complementary', { name: 'Selected span' });
    await panel.getByText('no answer within 400 ms').waitFor();
    await panel.getByText('payments').first().waitFor();
    await page.waitForURL('**span=*');
  });
  await step('a query is shown whole', async () => {
    await page.getByRole('treegrid').getByText('SELECT cart_items').click();
    const panel = page.getByRole('complementary', { name: 'Selected span' });
    await panel.getByText('JOIN products').first().waitFor();
    const shown = (await panel.innerText()).replace(/\s+/g, ' ');
    assert.ok(shown.includes(kSelectCart.replace(/\s+/g, ' ')), shown);
  });
  await step('a reload keeps the request, the chosen span and the session', async () => {
    const before = page.url();
    await page.reload();
    await waterfall_ready(page);
    assert.equal(page.url(), before);
    assert.deepEqual(await row_names(page), folded(names_of(kCheckoutWork)));
    await page.getByRole('complementary', { name: 'Selected span' }).getByText('JOIN products').first().waitFor();
  });
}

async function lose_the_session({ page, allow }) {
  await step('a lost session leads to the sign-in page, and signing in leads back', async () => {
    allow(/401/);
    const before = page.url();
    await page.evaluate(() => localStorage.setItem('traceway_token', 'no-longer-valid'));
    await page.reload();
    await page.waitForURL('**/login?next=*');
    await page.getByLabel('Email').fill(kAccount.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('Invalid email or password').waitFor();
    await assert_accessible(page, 'login with an error');
    await page.getByLabel('Password', { exact: true }).fill(kAccount.password);
    await page.keyboard.press('Enter');
    await page.waitForURL(before);
    await waterfall_ready(page);
  });
}

/** Every page of `visits` in both themes and both widths: accessible, not too wide, nothing wrong, and a picture. */
async function pictures_of(browser, server, signed_in, visits) {
  const storageState = signed_in && (await signed_in.context().storageState());
  for (const theme of kThemes) {
    for (const [width, height] of kSizes) {
      await step(`accessible and fitting: ${Object.keys(visits).join(', ')}; ${theme}, ${width} px`, async () => {
        const { page, context, problems } = await open(browser, server.url, { theme, width, height, storageState });
        for (const [name, visit] of Object.entries(visits)) {
          const where = `${name}, ${theme}, ${width}`;
          await visit(page);
          await page.waitForTimeout(300);
          await page.screenshot({ path: join(pictures, `${name}-${theme}-${width}.png`) });
          await assert_accessible(page, where);
          await assert_fits(page, where);
        }
        assert.deepEqual(problems, []);
        await context.close();
      });
    }
  }
}

async function every_page(server, browser, { page }) {
  await step('six hours of traffic are accepted', async () => {
    const shop = new Shop(server.otlp());
    shop.traffic(Date.now(), 6);
    await shop.flush();
    await shop.close();
    const { data } = await server.ask('/endpoints/grouped', { pagination: { page: 1, pageSize: 100 } });
    assert.equal(data.length, 10, 'nine of the shop, and the sample');
  });
  const request = page.url().replace(/\?.*/, '');
  await pictures_of(browser, server, null, {
    login: (tab) => tab.goto(`${server.url}/login`).then(() => tab.getByRole('button', { name: 'Sign in' }).waitFor()),
  });
  await pictures_of(browser, server, page, {
    overview: async (tab) => {
      await tab.goto(`${server.url}/?preset=6h`);
      await overview_ready(tab);
      await chart_ready(tab);
    },
    connection: (tab) => tab.goto(`${server.url}/connection`).then(() => guide_ready(tab)),
    tasks: async (tab) => {
      await tab.goto(`${server.url}/tasks?preset=6h`);
      await list_ready(tab);
      await chart_ready(tab);
    },
    task: async (tab) => {
      await tab.goto(`${server.url}${kTaskPath}?preset=6h`);
      await list_ready(tab);
    },
    'task-run': async (tab) => {
      await tab.locator('tbody tr', { hasText: 'Failed' }).first().locator('a').click();
      await waterfall_ready(tab);
    },
    endpoints: async (tab) => {
      await tab.goto(`${server.url}/endpoints?preset=6h`);
      await list_ready(tab);
      await chart_ready(tab);
    },
    endpoint: async (tab) => {
      await tab.goto(`${server.url}${kCheckoutPath}?preset=6h`);
      await list_ready(tab);
    },
    request: async (tab) => {
      await tab.goto(request);
      await waterfall_ready(tab);
    },
    'request-error': async (tab) => {
      await tab.getByRole('treegrid').focus();
      await tab.keyboard.press('e');
      await tab.getByRole('complementary', { name: 'Selected span' }).getByText('no answer within 400 ms').waitFor();
    },
  });
}

const server = await TracewayServer.start();
const browser = await launch();
try {
  const visitor = await open(browser, server.url);
  await register(server, visitor);
  await first_data(server, visitor);
  await connect(server, browser, visitor.page);
  await look_at_the_request(server, visitor);
  await lose_the_session(visitor);
  await every_page(server, browser, visitor);
  await step('nothing went wrong in the console and nothing left the server', async () => assert.deepEqual(visitor.problems, []));
} catch (error) {
  if (failed === 0) throw error;
} finally {
  await browser.close();
  const ended = await server.stop();
  if (failed === 0) await step('the server ends with exit code 0', async () => assert.equal(ended, 0));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
