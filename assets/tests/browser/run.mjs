// The browser tests: the built dashboard in a real Chromium on invented data.
//   npm run build && npm run test:browser [name filter]
// Any script error, policy violation or request to another host fails the test it happens in.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium_path, open_all, open_request } from './harness.mjs';
import { overview_tests, overview_visits } from './overview.mjs';

if (!chromium_path()) {
  console.log('skipped: no Chromium on this machine (set CHROMIUM to its path)');
  process.exit(0);
}

const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kEmptyProject = '22222222-2222-4222-8222-222222222222';
const kRoute = 'POST /api/checkout';
const kRouteHref = `/endpoints/${encodeURIComponent(kRoute)}`;

async function axe(page, where) {
  // Evaluated by the debugger, so the content policy of the page stays as strict as it is.
  await page.evaluate(axe_source);
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
  const list = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  assert.deepEqual(list, [], `axe on ${where}`);
}

const list_ready = (page) => page.locator('tbody tr').first().waitFor();

const tests = {
  'a server without accounts leads to the first account, and from there to the first steps': async ({ all, open, allow }) => {
    allow(/400/);
    all.state.accounts = false;
    const page = await open({ signed_in: false });
    await page.goto(all.url);
    await page.waitForURL('**/register');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Your name is missing.').waitFor();
    await page.getByLabel('Name').fill('Ana Petrović');
    await page.getByLabel('Email').fill('ana@example.com');
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByLabel('Organization').fill('Acme');
    await axe(page, 'register, step 1');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Create account and project' }).click();
    await page.getByText('between 1 and 100 characters').waitFor();
    await axe(page, 'register, step 2');
    await page.getByLabel('Project').fill('shop-api');
    await page.getByRole('button', { name: 'Create account and project' }).click();
    await page.getByText('Waiting for the first event').waitFor();
    assert.match(await page.getByRole('region', { name: 'Start: Environment' }).innerText(), /OTEL_EXPORTER_OTLP_ENDPOINT="http:\/\/127\.0\.0\.1:\d+\/api\/otel"/);
  },

  'the first steps turn into the list by themselves': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints?project=${kEmptyProject}`);
    await page.getByText('Waiting for the first request').waitFor();
    const snippet = page.getByRole('region', { name: 'Start: Environment' });
    assert.doesNotMatch(await snippet.innerText(), /0f3c9b1e7a2d/, 'the token is masked');
    await page.getByRole('button', { name: 'Reveal the token' }).click();
    assert.match(await snippet.innerText(), /Bearer%200f3c9b1e7a2d/);
    await page.getByRole('tab', { name: 'curl' }).click();
    await axe(page, 'first steps');
    all.state.filled.add(kEmptyProject);
    await list_ready(page);
  },

  'wrong credentials are said once and the right ones lead where one wanted to go': async ({ all, open, allow }) => {
    allow(/401/);
    const page = await open({ signed_in: false });
    await page.goto(`${all.url}${kRouteHref}?preset=3h`);
    await page.waitForURL('**/login?next=*');
    await page.getByLabel('Email').fill('ana@example.com');
    await page.getByLabel('Password', { exact: true }).fill('wrong-password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'password');
    await axe(page, 'login with an error');
    await page.getByLabel('Password', { exact: true }).fill('right-password');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${kRouteHref}?preset=3h`);
    await list_ready(page);
  },

  'a lost session leads to the sign-in page with the way back': async ({ all, open, allow }) => {
    allow(/401/);
    const page = await open({ storage: { traceway_token: 'expired' } });
    await page.goto(`${all.url}/endpoints?preset=6h`);
    await page.waitForURL(`**/login?next=${encodeURIComponent('/endpoints?preset=6h')}`);
    assert.equal(await page.evaluate(() => localStorage.getItem('traceway_token')), null);
  },

  'sorting says so to screen readers and survives a reload': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    await list_ready(page);
    await page.getByRole('button', { name: 'Calls' }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'Calls' }).waitFor();
    await page.locator('tbody tr').first().getByText('/static/*').waitFor();
    await page.reload();
    await page.locator('th[aria-sort=descending]', { hasText: 'Calls' }).waitFor();
    await page.getByRole('button', { name: 'Calls' }).click();
    await page.locator('th[aria-sort=ascending]', { hasText: 'Calls' }).waitFor();
  },

  'the filter writes the address and back undoes the time range': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    await list_ready(page);
    await page.keyboard.press('/');
    await page.keyboard.type('orders');
    await page.waitForURL('**search=orders*');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 3);
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await page.getByLabel('Time range in words').waitFor();
    await axe(page, 'time range open');
    await page.keyboard.type('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('Try “2h”').waitFor();
    await page.getByLabel('Time range in words').fill('3h');
    await page.keyboard.press('Enter');
    await page.waitForURL('**preset=3h*');
    await page.getByRole('link', { name: /refund/ }).click();
    await page.waitForURL('**refund?preset=3h');
    await page.goBack();
    await page.waitForURL('**search=orders*');
    await page.goBack();
    await page.waitForFunction(() => !location.search.includes('preset'));
  },

  'dragging over the chart chooses the range': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    const box = await page.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 50, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=.*&to=/);
    const query = new URL(page.url()).searchParams;
    const hours = (Date.parse(query.get('to')) - Date.parse(query.get('from'))) / 3_600_000;
    assert.ok(Math.abs(hours - 4.8) < 0.2, `a fifth of a day, not ${hours} h`);
  },

  'the chart is a table on demand': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints?preset=3h`);
    await page.locator('.u-over').waitFor();
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('region', { name: 'Total time by endpoint, table' }).waitFor();
    await axe(page, 'chart as table');
  },

  'the keyboard alone goes from the list to a request and along its neighbours': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    await list_ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/endpoints/POST*');
    await list_ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('[role=treegrid]').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'focus goes to the heading');
    const first = page.url();
    await page.keyboard.press(']');
    await page.waitForFunction((old) => location.href !== old, first);
    await page.keyboard.press('[');
    await page.waitForURL(first);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.waitForURL('**/endpoints');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys on this page' }).waitFor();
    await axe(page, 'key sheet');
  },

  'the waterfall folds repeated work, opens it, and finds the error': async ({ all, open }) => {
    const page = await open();
    await open_request(page, all.url, kRoute);
    const grid = page.getByRole('treegrid');
    await grid.getByText('×38').waitFor();
    const rows = () => grid.getByRole('row').count();
    const before = await rows();
    await grid.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await grid.locator('[role=row]').nth(1).waitFor({ state: 'detached' });
    assert.equal(await grid.getByRole('row').first().getAttribute('aria-expanded'), 'false');
    await page.keyboard.press('ArrowRight');
    await grid.locator('[role=row]').nth(before - 1).waitFor();
    await page.keyboard.press('e');
    await page.getByRole('complementary', { name: 'Selected span' }).getByText('Error: canceling statement').waitFor();
    await page.waitForURL('**span=*');
    const chosen = new URL(page.url()).searchParams.get('span');
    await page.reload();
    await page.getByRole('complementary', { name: 'Selected span' }).getByText('Error: canceling statement').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('span'), chosen);
    await page.getByText('canceling statement due to statement timeout (SQLSTATE 57014)').first().click();
    await page.getByRole('region', { name: 'Stack trace' }).waitFor();
    await axe(page, 'request with an open stack');
  },

  'a filter, the critical path and a zoom narrow the waterfall': async ({ all, open }) => {
    const page = await open();
    await open_request(page, all.url, kRoute);
    const grid = page.getByRole('treegrid');
    await page.getByLabel('Filter spans').fill('shipping');
    await page.waitForFunction(() => document.querySelectorAll('[role=treegrid] [role=row]').length === 3);
    await page.getByLabel('Filter spans').fill('');
    const box = await page.locator('.overview canvas').boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL('**z=*');
    await grid.focus();
    await page.keyboard.press('0');
    await page.waitForFunction(() => !location.search.includes('z='));
  },

  '2,400 rows of a waterfall cost the elements of one screen': async ({ all, open }) => {
    const page = await open();
    await open_request(page, all.url, 'GET /api/admin/reports/daily');
    const grid = page.getByRole('treegrid');
    await grid.getByText('×2400').click();
    assert.ok(Number(await grid.getAttribute('aria-rowcount')) > 2400);
    assert.ok((await grid.getByRole('row').count()) < 80);
    await page.keyboard.press('End');
    await grid.getByText('render invoices.html').waitFor();
  },

  'a project is switched and made from the keyboard': async ({ all, open, allow }) => {
    allow(/422/);
    const page = await open();
    await page.goto(`${all.url}${kRouteHref}?preset=6h`);
    await list_ready(page);
    await page.keyboard.press('Control+j');
    await page.getByRole('combobox', { name: 'Projects' }).waitFor();
    await axe(page, 'project switcher open');
    await page.keyboard.type('new');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New project' }).waitFor();
    await axe(page, 'new project');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByText('between 1 and 100 characters').waitFor();
    await page.getByLabel('Name').fill('mailer');
    await page.keyboard.press('Enter');
    await page.getByText('Successfully created the Project mailer').waitFor();
    await page.getByText('Connect mailer').waitFor();
    await page.keyboard.press('Control+j');
    await page.keyboard.type('shop');
    await page.keyboard.press('Enter');
    await list_ready(page);
  },

  'the palette, the account menu and the theme hold up': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    await list_ready(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search or jump' }).waitFor();
    await axe(page, 'palette');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Account and appearance' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await axe(page, 'account menu');
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await axe(page, 'account menu, dark');
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await page.getByRole('button', { name: 'Account and appearance' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/login');
  },

  'an unknown address, an unknown id and a broken time range are said in words': async ({ all, open, allow }) => {
    allow(/40[04]/);
    const page = await open();
    await page.goto(`${all.url}/nowhere`);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    await axe(page, 'page not found');
    await page.goto(`${all.url}${kRouteHref}/not-an-id`);
    await page.getByText('This is not the id of a request.').waitFor();
    await axe(page, 'malformed id');
    await page.goto(`${all.url}/endpoints?preset=9y`);
    await page.getByText('“9y” is not a time range.').waitFor();
    await axe(page, 'invalid range');
  },

  'a server under a path of its own works the same': async () => {
    const all = await open_all({ base: '/tools/traceway' });
    try {
      const { page, problems } = await all.page();
      await page.goto(`${all.url}/`);
      await page.getByRole('heading', { name: 'Traffic and errors' }).waitFor();
      await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
      await page.waitForURL('**/tools/traceway/endpoints');
      await page.locator('tbody a').first().click();
      await page.waitForURL('**/tools/traceway/endpoints/POST*');
      await page.locator('tbody a').first().click();
      await page.locator('[role=treegrid]').waitFor();
      await page.reload();
      await page.locator('[role=treegrid]').waitFor();
      assert.deepEqual(problems, []);
    } finally {
      await all.close();
    }
  },

  'a click with Ctrl opens the row in a new tab': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/endpoints`);
    await list_ready(page);
    const [tab] = await Promise.all([page.context().waitForEvent('page'), page.locator('tbody a').first().click({ modifiers: ['Control'] })]);
    await tab.waitForURL('**/endpoints/POST*');
    assert.match(page.url(), /\/endpoints$/);
  },

  ...overview_tests,
};

for (const theme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844], [320, 640]]) {
    tests[`every page is accessible and fits: ${theme}, ${width} px`] = async ({ all, open }) => {
      const page = await open({ theme, width, height });
      const visit = async (where, go) => {
        await go();
        await page.waitForTimeout(300);
        await axe(page, `${where}, ${theme}, ${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${where} is ${overflow} px too wide at ${width}`);
      };
      await visit('endpoints', async () => { await page.goto(`${all.url}/endpoints`); await list_ready(page); await page.locator('.u-over').waitFor(); });
      await visit('endpoint', async () => { await page.goto(`${all.url}${kRouteHref}`); await list_ready(page); });
      await visit('request', () => open_request(page, all.url, kRoute));
      for (const [where, go] of Object.entries(overview_visits)) await visit(where, () => go(page, all.url));
      await visit('first steps', async () => { await page.goto(`${all.url}/endpoints?project=${kEmptyProject}`); await page.getByText('Waiting for the first').waitFor(); });
    };
  }
}

let failed = 0;
for (const [name, run] of Object.entries(tests).filter(([one]) => one.includes(process.argv[2] ?? ''))) {
  const all = await open_all();
  const seen = [];
  const allowed = [];
  const open = async (options) => {
    const { page, problems } = await all.page(options);
    page.setDefaultTimeout(8000);
    seen.push(problems);
    return page;
  };
  try {
    await run({ all, open, axe, allow: (pattern) => allowed.push(pattern) });
    const left = seen.flat().filter((problem) => !allowed.some((pattern) => pattern.test(problem)));
    assert.deepEqual(left, [], 'nothing goes wrong in the console');
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.message).split('\n').slice(0, 12).join('\n     ')}`);
  } finally {
    await all.close();
  }
}
console.log(failed === 0 ? 'all passed' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
