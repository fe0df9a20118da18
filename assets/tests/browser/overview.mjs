// Overview, tasks and connection guide: click paths. run.mjs runs them with its own.
import { strict as assert } from 'node:assert';

const kEmptyProject = '22222222-2222-4222-8222-222222222222';
const kToken = '0f3c9b1e7a2d4c5f8e6b1a9d3c7f2e40';
const kSend = { name: 'Send a sample event from here' };

const overview_ready = (page) => page.getByRole('heading', { name: 'Traffic and errors' }).waitFor();
const guide_ready = (page) => page.getByRole('button', kSend).waitFor();
const list_ready = (page) => page.locator('tbody tr').first().waitFor();
const code = (page, label) => page.getByRole('region', { name: label }).innerText();

export const overview_tests = {
  'the overview says what is wrong first, and every sentence leads there': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/?preset=12h`);
    await page.getByRole('heading', { name: '4 things need attention' }).waitFor();
    await page.getByText(/Last event \d+\ss ago/).waitFor();
    const box = await page.locator('.u-over').boundingBox();
    assert.ok(box.y + box.height < 900, 'the chart is above the fold');
    await page.getByRole('link', { name: /Slower GET \/api\/users/ }).click();
    await page.waitForURL('**/endpoints/GET%20%2Fapi%2Fusers%2F%3Aid%2Finvoices?preset=12h');
    await page.goBack();
    await page.getByRole('link', { name: /^p95/ }).click();
    await page.waitForURL(/endpoints\?preset=12h&metric=p95/);
    await page.goBack();
    await page.getByRole('link', { name: /Failing sync stock levels/ }).click();
    await page.getByRole('heading', { level: 1, name: 'sync stock levels' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await overview_ready(page);
    assert.equal(new URL(page.url()).pathname, '/');
  },

  'nothing unusual is one quiet line': async ({ all, open }) => {
    all.state.calm = true;
    const page = await open();
    await page.goto(all.url);
    await page.getByText('Nothing unusual in this range (last 24 hours).').waitFor();
    assert.equal(await page.getByRole('heading', { name: /attention/ }).count(), 0);
  },

  'charts name their times, and the key v hides the releases': async ({ all, open, allow }) => {
    allow(/willReadFrequently/);
    const page = await open();
    await page.goto(all.url);
    await page.locator('.u-over').waitFor();
    await page.waitForTimeout(300);
    // Ink of a strip of the canvas, in CSS pixels from its top.
    const ink = (from, to) => page.locator('.uplot canvas').evaluate((canvas, [top, bottom]) => {
      const ratio = canvas.width / canvas.clientWidth;
      const { data } = canvas.getContext('2d').getImageData(80 * ratio, top * ratio, canvas.width - 80 * ratio, (bottom - top) * ratio);
      let count = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count += 1;
      return count;
    }, [from, to]);
    const height = await page.locator('.uplot canvas').evaluate((canvas) => canvas.clientHeight);
    assert.ok((await ink(height - 18, height)) > 200, 'the time axis has labels');
    const marked = await ink(8, 24);
    await page.keyboard.press('v');
    await page.waitForTimeout(200);
    assert.ok(marked - (await ink(8, 24)) > 60, 'lines and names of the releases are gone');
  },

  'an empty project shows how to connect, and a sample from the browser turns it into the overview': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/?project=${kEmptyProject}`);
    await page.getByText('Waiting for the first event').waitFor();
    await guide_ready(page);
    assert.equal(await page.getByRole('button', { name: /check again|reload|refresh/i }).count(), 0);
    await page.getByRole('button', kSend).click();
    const sent = Date.now();
    await overview_ready(page);
    assert.ok(Date.now() - sent < 2000, `the overview is there ${Date.now() - sent} ms after the event`);
  },

  'the guide fills in address and token, masked on the screen and whole in the clipboard': async ({ all, open, axe }) => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${all.url}/connection`);
    await guide_ready(page);
    assert.equal(await page.locator('nav a[aria-current=true]').innerText().then((text) => text.split('\n').pop()), 'Gin', 'the framework of the project');
    assert.ok((await code(page, 'Start: Go')).includes(`0f3c${'•'.repeat(28)}@${all.url}/api/report`));
    await page.getByRole('button', { name: 'Copy', exact: true }).nth(1).click();
    assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(`${kToken}@${all.url}/api/report`));
    await page.getByRole('button', { name: 'Reveal the token' }).click();
    assert.ok((await code(page, 'Start: Go')).includes(kToken));
    await page.getByLabel('Server address').fill('https://watch.example.com/');
    assert.ok((await code(page, 'Start: Go')).includes(`${kToken}@https://watch.example.com/api/report`));
    await page.getByLabel('Server address').fill('watch.example.com');
    await page.getByText('An address begins with http').waitFor();
    await axe(page, 'connection, address invalid');
  },

  'typing finds a framework, Enter shows its recipe, the address keeps it': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}/connection`);
    await guide_ready(page);
    await page.getByLabel('Find a framework').fill('laravel');
    await page.keyboard.press('Enter');
    await page.waitForURL('**framework=php');
    assert.match(await code(page, 'Install: Laravel'), /opentelemetry-auto-laravel/);
    await page.getByRole('tab', { name: 'Symfony' }).click();
    assert.match(await code(page, 'Install: Symfony'), /opentelemetry-auto-symfony/);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('region', { name: 'Install: Slim' }).waitFor();
    await page.getByLabel('Find a framework').fill('cobol');
    await page.getByText('Nothing matches “cobol”').waitFor();
    await axe(page, 'connection, nothing found');
    await page.reload();
    await page.getByRole('region', { name: 'Install: Laravel' }).waitFor();
  },

  'the check list ticks itself and a refusal is told with its reason': async ({ all, open, allow, axe }) => {
    allow(/429/);
    const page = await open();
    await page.goto(`${all.url}/connection?project=${kEmptyProject}`);
    await guide_ready(page);
    assert.equal(await page.locator('[data-kind].here').count(), 0);
    all.state.refuse = [429, { code: 8, message: 'The write queue is full, try again.' }];
    await page.getByRole('button', kSend).click();
    await page.getByText('Refused: The write queue is full').waitFor();
    all.state.refuse = null;
    await page.getByRole('button', kSend).click();
    await page.getByText('Accepted by the server.').waitFor();
    await page.locator('[data-kind=request].here').waitFor();
    assert.deepEqual(await page.locator('[data-kind].here').evaluateAll((rows) => rows.map((row) => row.dataset.kind)), ['request', 'error', 'span']);
    await axe(page, 'connection, ticked');
    await page.goto(`${all.url}/connection?project=11111111-1111-4111-8111-111111111111`);
    await page.getByText('Content-Type text/plain is not supported').waitFor();
  },

  'tasks: sort, filter, one task, a failed run and its neighbours': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}/tasks`);
    await list_ready(page);
    await page.getByRole('button', { name: 'Runs' }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'Runs' }).waitFor();
    await page.locator('tbody tr').first().getByText('orders process').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('stock');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tasks/sync%20stock%20levels');
    await page.getByText('Runs that ended with an exception').or(page.locator('dt', { hasText: 'Failed' })).first().waitFor();
    await page.locator('tbody tr', { hasText: 'Failed' }).first().locator('a').click();
    await page.getByRole('treegrid').waitFor();
    assert.deepEqual(await page.getByRole('navigation', { name: 'Breadcrumb' }).locator('.crumb').allInnerTexts(), ['Tasks', 'sync stock levels', '7a5c0003']);
    await page.getByText('502 from mail.internal').first().click();
    await page.getByRole('region', { name: 'Stack trace' }).waitFor();
    await axe(page, 'failed run with its stack');
    const first = page.url();
    await page.keyboard.press(']');
    await page.waitForFunction((old) => location.href !== old, first);
    await page.keyboard.press('[');
    await page.waitForURL(first);
  },

  'a project without tasks is shown how to measure one, in the words of its framework': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/tasks?project=${kEmptyProject}&framework=gin`);
    await page.getByText('Waiting for the first task').waitFor();
    assert.match(await code(page, 'Task: Go'), /traceway\.MeasureTask/);
    all.state.filled.add(kEmptyProject);
    await list_ready(page);
  },
};

/** Every page of these, for the look at themes and widths. */
export const overview_visits = {
  overview: async (page, url) => { await page.goto(url); await overview_ready(page); await page.locator('.u-over').waitFor(); },
  'first run': async (page, url) => { await page.goto(`${url}/?project=${kEmptyProject}`); await guide_ready(page); },
  tasks: async (page, url) => { await page.goto(`${url}/tasks`); await list_ready(page); await page.locator('.u-over').waitFor(); },
  task: async (page, url) => { await page.goto(`${url}/tasks/sync%20stock%20levels`); await list_ready(page); },
  run: async (page, url) => { await page.goto(`${url}/tasks/sync%20stock%20levels`); await page.locator('tbody a').first().click(); await page.getByRole('treegrid').waitFor(); },
  connection: async (page, url) => { await page.goto(`${url}/connection`); await guide_ready(page); },
};
