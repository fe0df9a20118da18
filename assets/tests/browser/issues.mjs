// Issues and their events: click paths. run.mjs runs them with its own.
import { strict as assert } from 'node:assert';

const kEmptyProject = '22222222-2222-4222-8222-222222222222';
const kIssue = '/issues/0123456789abcdef';

const rows = (page) => page.locator('tbody tr');
const list_ready = (page) => rows(page).first().waitFor();
const row_count = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll('tbody tr').length === wanted, count);
const stack_ready = (page) => page.getByRole('heading', { name: 'Stack trace' }).waitFor();
const tab = (page, name) => page.getByRole('navigation', { name: 'State' }).getByRole('link', { name });
const press = async (page, keys) => { for (const key of keys) await page.keyboard.press(key); };
const search = (page) => page.getByRole('searchbox', { name: 'Search issues' });

async function open_list(all, open, query = '', options = {}) {
  const page = await open(options);
  await page.goto(`${all.url}/issues${query}`);
  await list_ready(page);
  return page;
}

async function clipboard(page) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  return () => page.evaluate(() => navigator.clipboard.readText());
}

export const issues_tests = {
  'issues: the newest error is one click from its stack': async ({ all, open }) => {
    const page = await open_list(all, open);
    await page.getByRole('link', { name: /pgconn\.PgError/ }).click();
    await page.getByRole('heading', { level: 1, name: '*pgconn.PgError' }).waitFor();
    await stack_ready(page);
    await page.waitForFunction(() => document.title.startsWith('*pgconn.PgError · shop-api'));
    const culprit = page.getByRole('listitem').filter({ hasText: 'invoice.(*Store).Lines' });
    await culprit.getByText('store.go:214').waitFor();
    const box = await culprit.boundingBox();
    assert.ok(box.y + box.height < 900, 'the culprit is above the fold');
  },

  'issues: states have counts, sorting says so, and the address keeps both': async ({ all, open }) => {
    const page = await open_list(all, open, '?preset=24h');
    await tab(page, 'Open 11').waitFor();
    await tab(page, 'New 2').click();
    await row_count(page, 2);
    await page.waitForURL(/state=new/);
    await rows(page).first().getByText('New').waitFor();
    await page.goBack();
    await row_count(page, 11);
    await page.getByRole('button', { name: 'Events', exact: true }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'Events' }).waitFor();
    await rows(page).first().getByText('context.deadlineExceededError').waitFor();
    await page.getByRole('button', { name: 'Users' }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'Users' }).waitFor();
    await page.reload();
    await page.locator('th[aria-sort=descending]', { hasText: 'Users' }).waitFor();
  },

  'issues: text and filters narrow the list, chips change and go': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    await page.keyboard.press('/');
    await page.keyboard.type('STOCK level');
    await row_count(page, 1);
    assert.equal(await page.locator('mark').first().innerText(), 'stock level');
    await page.waitForURL(/search=STOCK\+level/);
    await search(page).fill('');
    await row_count(page, 11);
    await page.keyboard.type('route:"POST /api/checkout" ');
    await page.keyboard.press('Enter');
    await row_count(page, 2);
    await page.waitForURL(/attr=route%3DPOST/);
    await page.keyboard.type('is:message');
    await page.keyboard.press('Enter');
    await row_count(page, 1);
    await page.getByText('messages only').waitFor();
    await axe(page, 'issues with chips');
    await page.reload();
    await row_count(page, 1);
    await page.getByRole('button', { name: 'Remove the filter messages' }).click();
    await row_count(page, 2);
    await page.getByRole('button', { name: 'route POST /api/checkout', exact: true }).click();
    await row_count(page, 11);
    assert.equal(await search(page).inputValue(), 'route:"POST /api/checkout"');
    await search(page).fill('server:web-9');
    await page.keyboard.press('Enter');
    await page.getByText('No open issue fits these filters in this range').waitFor();
    await axe(page, 'nothing fits');
    await page.getByRole('link', { name: 'Clear all filters' }).click();
    await row_count(page, 11);
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('menu', { name: 'Add a filter' }).waitFor();
    await axe(page, 'menu of filters');
    await press(page, ['ArrowDown', 'ArrowDown', 'Enter']);
    assert.equal(await search(page).inputValue(), 'file:');
  },

  'issues: ten are archived with eleven keys, and one undoes it': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    for (let n = 0; n < 8; n += 1) await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await page.getByRole('group', { name: 'Selected issues' }).getByText('9 selected').waitFor();
    await axe(page, 'issues selected');
    await page.keyboard.press('a');
    await row_count(page, 2);
    await page.getByText('Archived 9 issues until it happens again').waitFor();
    await tab(page, 'Open 2').waitFor();
    await tab(page, 'Archived 10').waitFor();
    await page.keyboard.press('u');
    await row_count(page, 11);
    await tab(page, 'Open 11').waitFor();
  },

  'issues: a refusal puts the rows back and says why': async ({ all, open, allow }) => {
    allow(/503/);
    const page = await open_list(all, open);
    await page.route('**/exception-stack-traces/archive*', (route) => route.fulfill({ status: 503, body: '{"error":"The disk is full."}' }));
    const first = await rows(page).first().innerText();
    await press(page, ['j', 'a']);
    await page.getByText(/Could not archive context.deadlineExceededError: The disk is full\./).waitFor();
    await row_count(page, 11);
    assert.equal((await rows(page).first().innerText()).split('\n')[0], first.split('\n')[0]);
  },

  'issues: archive until, by mouse, and back from the archive': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    await page.getByRole('checkbox', { name: 'Select ReferenceError' }).click();
    await page.getByRole('button', { name: 'Archive until' }).click();
    await page.getByRole('menu', { name: 'Archive until' }).waitFor();
    await axe(page, 'archive until');
    await page.getByRole('menuitem', { name: '100 more events' }).click();
    await page.getByText('Archived ReferenceError until 100 more events').waitFor();
    assert.deepEqual(all.state.issues.archived.get('aa00112233445566').until, { events: 100 });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row_count(page, 11);
    await tab(page, /^Archived/).click();
    await page.getByRole('link', { name: /ECONNRESET/ }).waitFor();
    const before = await rows(page).count();
    await press(page, ['j', 'u']);
    await row_count(page, before - 1);
    await page.getByText('Unarchived ECONNRESET').waitFor();
  },

  'issues: Space looks without leaving, and follows the cursor': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    await press(page, ['j', 'j', ' ']);
    const peek = page.getByRole('complementary', { name: 'Peek' });
    await peek.getByRole('heading', { name: '*pgconn.PgError' }).waitFor();
    await peek.getByRole('list', { name: 'Top of the stack' }).getByText('invoice.(*Store).Lines').waitFor();
    await page.waitForURL(/peek=0123456789abcdef/);
    await axe(page, 'peek');
    await page.keyboard.press('j');
    await peek.getByRole('heading', { name: 'TypeError' }).waitFor();
    await page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached' });
    await rows(page).nth(4).hover();
    await page.getByRole('button', { name: 'Peek at Checkout took longer' }).click();
    await peek.getByRole('heading', { name: 'Message' }).waitFor();
    await peek.getByRole('link', { name: 'Open' }).click();
    await page.getByRole('heading', { level: 1, name: /Checkout took longer/ }).waitFor();
  },

  'issues: what is new waits behind a bar while figures move in place': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    const quiet = page.getByRole('row', { name: /price list for region/ });
    const order = await rows(page).locator('strong').allInnerTexts();
    all.state.issues.arrive();
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await quiet.getByText(/^5,00\d$/).waitFor();
    assert.deepEqual(await rows(page).locator('strong').allInnerTexts(), order, 'rows stay where they are');
    await axe(page, 'news');
    await page.keyboard.press('.');
    await page.getByRole('link', { name: /RangeError/ }).waitFor();
    await row_count(page, 12);
    await page.getByRole('button', { name: 'Live' }).waitFor();
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Paused' }).waitFor();
    await page.goto(`${all.url}/issues?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`);
    await page.getByText('Frozen range').waitFor();
  },

  'issues: a bar of a trend leads to its stretch of time': async ({ all, open }) => {
    const page = await open_list(all, open);
    const trend = page.getByRole('row', { name: /pgconn\.PgError/ }).getByRole('link', { name: /Zoom to the peak/ });
    await trend.click();
    await page.waitForURL(/from=.*&to=/);
    const query = new URL(page.url()).searchParams;
    assert.ok(Date.parse(query.get('to')) - Date.parse(query.get('from')) <= 3_600_000, 'a part of the day');
  },

  'issues: none yet is said with the way to the first, and turns into the list by itself': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}/issues?project=${kEmptyProject}`);
    await page.getByText('No issue yet.').waitFor();
    await page.getByRole('link', { name: 'How to send errors' }).waitFor();
    await axe(page, 'no issue yet');
    all.state.filled.add(kEmptyProject);
    await list_ready(page);
  },

  'issues: people who may only look are told so': async ({ all, open }) => {
    all.state.projects[0].role = 'readonly';
    const page = await open_list(all, open);
    await press(page, ['j', 'x', 'a']);
    const button = page.getByRole('group', { name: 'Selected issues' }).getByRole('button', { name: 'Archive' });
    assert.ok(await button.isDisabled());
    assert.match(await button.getAttribute('title'), /Your role may look/);
    await row_count(page, 11);
  },

  'issue: library frames fold, raw is remembered, places are copied': async ({ all, open, axe }) => {
    const page = await open();
    const copied = await clipboard(page);
    await page.goto(`${all.url}${kIssue}`);
    await stack_ready(page);
    const calls = page.getByRole('list', { name: /^Calls of \*pgconn/ });
    assert.equal(await calls.getByText('pgxpool').count(), 0);
    await calls.getByRole('button', { name: /2 library frames/ }).click();
    await calls.getByText('pgxpool').first().waitFor();
    await axe(page, 'frames open');
    await page.getByLabel('App frames only').check();
    await page.waitForFunction(() => !document.body.innerText.includes('library frames'));
    await page.getByRole('listitem').filter({ hasText: 'Store).Lines' }).getByRole('button', { name: 'Copy store.go:214' }).click();
    assert.equal(await copied(), '/app/internal/invoice/store.go:214');
    await page.getByRole('button', { name: '*net.OpError' }).click();
    await page.getByRole('button', { name: 'Raw' }).click();
    assert.match(await page.getByRole('region', { name: 'Stack trace, raw' }).innerText(), /caused by \*net\.OpError/);
    await page.reload();
    await page.getByRole('region', { name: 'Stack trace, raw' }).waitFor();
    await axe(page, 'raw stack');
  },

  'issue: events are walked in place and the address follows': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}${kIssue}`);
    await page.getByText('1 of 400').waitFor();
    await page.keyboard.press('[');
    await page.getByText('2 of 400').waitFor();
    await page.waitForURL(/event=01234567-0001/);
    const first = page.url();
    await page.getByRole('link', { name: 'Oldest' }).click();
    await page.getByText('400 of 400').waitFor();
    await page.goBack();
    await page.waitForURL(first);
    await page.getByText('2 of 400').waitFor();
    await page.reload();
    await page.getByText('2 of 400').waitFor();
    await page.getByRole('link', { name: 'Latest' }).click();
    await page.getByText('1 of 400').waitFor();
    assert.doesNotMatch(page.url(), /event=/);
    await page.keyboard.press(']');
    await page.getByText('1 of 400').waitFor();
  },

  'issue: j and k walk the list it was opened from, a archives, u takes it back': async ({ all, open, axe }) => {
    const page = await open_list(all, open);
    await press(page, ['j', 'j', 'Enter']);
    await page.getByText('2 of 11').waitFor();
    await press(page, ['j']);
    await page.getByRole('heading', { level: 1, name: 'TypeError' }).waitFor();
    await page.getByText('Regressed in v1.4.1').waitFor();
    await press(page, ['k']);
    await page.getByRole('heading', { level: 1, name: '*pgconn.PgError' }).waitFor();
    await stack_ready(page);
    await press(page, ['a']);
    await page.getByRole('button', { name: 'Unarchive' }).waitFor();
    await page.getByText('Archived by Ana Petrović until it happens again').waitFor();
    await axe(page, 'archived issue');
    await press(page, ['u']);
    await page.getByRole('button', { name: 'Archive', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Archive until' }).click();
    await page.getByRole('menuitem', { name: 'until the next version' }).click();
    await page.getByRole('button', { name: 'Unarchive' }).waitFor();
    assert.deepEqual(all.state.issues.archived.get('0123456789abcdef').until, { nextVersion: true });
  },

  'issue: an event is taken along as link, Markdown, stack and JSON': async ({ all, open, axe }) => {
    const page = await open();
    const copied = await clipboard(page);
    await page.goto(`${all.url}${kIssue}`);
    await stack_ready(page);
    await page.keyboard.press('y');
    await page.getByText('Copied the event as Markdown').waitFor();
    assert.match(await copied(), /^## \*pgconn\.PgError: canceling[\s\S]*\| user\.id \| \d+ \|[\s\S]*\[Event 01234567-0000/);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('menu', { name: 'Copy' }).waitFor();
    await axe(page, 'copy menu');
    await page.getByRole('menuitem', { name: 'JSON' }).click();
    await page.getByText('Copied the event as JSON').waitFor();
    assert.equal(JSON.parse(await copied()).exceptionHash, '0123456789abcdef');
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Link to this event' }).click();
    await page.getByText('Copied the link to this event').waitFor();
    await page.goto(await copied());
    await page.getByText('One event of').waitFor();
  },

  'issue: error, request, waterfall and back': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}${kIssue}`);
    await page.getByRole('complementary', { name: 'About this issue' }).getByRole('link', { name: /POST \/api\/checkout request/ }).click();
    await page.getByRole('treegrid').waitFor();
    await page.locator('summary').click();
    await page.getByRole('link', { name: 'The issue of this exception' }).click();
    await page.getByRole('heading', { level: 1, name: '*pgconn.PgError' }).waitFor();
  },

  'issue: a value of a tag leads to its events, and those apart by another': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}${kIssue}`);
    await page.getByRole('complementary', { name: 'About this issue' }).getByRole('link', { name: /^business/ }).click();
    await page.waitForURL(/\/events\?attr=user.plan%3Dbusiness/);
    await list_ready(page);
    await page.getByRole('heading', { level: 1, name: 'Events of *pgconn.PgError' }).waitFor();
    await page.getByRole('link', { name: /^server 3/ }).click();
    await page.getByRole('link', { name: /^web-2/ }).waitFor();
    await axe(page, 'events by server');
    const total = () => page.getByRole('navigation', { name: 'Pages' }).innerText();
    const before = await total();
    await page.getByRole('link', { name: /^web-2/ }).click();
    await page.waitForURL(/attr=server%3Dweb-2/);
    await page.waitForFunction((old) => document.querySelector('.pager').innerText !== old, before);
    const cells = await page.locator('tbody tr td:nth-child(4)').allInnerTexts();
    assert.deepEqual([...new Set(cells)], ['web-2']);
  },

  'events: dragging over the density chooses the range; an event walks the filtered list': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}${kIssue}/events?attr=server%3Dweb-1`);
    await list_ready(page);
    const newest = await rows(page).first().innerText();
    const box = await page.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=.*&to=/);
    await page.waitForFunction((old) => document.querySelector('tbody tr')?.innerText !== old, newest);
    await press(page, ['j', 'j', 'Enter']);
    await page.getByText('One event of').waitFor();
    await page.getByText(/^2 of \d+$/).waitFor();
    await press(page, ['[']);
    await page.getByText(/^3 of \d+$/).waitFor();
    await press(page, [']', ']']);
    await page.getByText(/^1 of \d+$/).waitFor();
    await page.getByRole('link', { name: 'this issue' }).click();
    await page.waitForURL(new RegExp(`${kIssue}\\?`));
  },

  'a message has its text and attributes, and no stack': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}/issues/9900112233445566`);
    await page.getByRole('heading', { level: 1, name: 'Checkout took longer than 10 s, order kept for review' }).waitFor();
    await page.getByRole('heading', { name: /^Attributes/ }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Stack trace' }).count(), 0);
    await page.getByLabel('Filter attributes').fill('plan');
    await page.waitForFunction(() => !document.body.innerText.includes('order.id'));
    await page.getByRole('button', { name: 'As JSON' }).click();
    await page.getByRole('region', { name: 'Attributes as JSON' }).waitFor();
    await axe(page, 'message');
  },

  'an issue or an event that is not here is said in words': async ({ all, open, allow, axe }) => {
    allow(/40[04]/);
    const page = await open();
    await page.goto(`${all.url}/issues/ffffffffffffffff`);
    await page.getByText('This issue is not here.').waitFor();
    await axe(page, 'issue not here');
    await page.goto(`${all.url}${kIssue}?event=01234567-9999-4000-8000-000000000000`);
    await page.getByText('This event is not here.').waitFor();
    await page.getByRole('link', { name: 'Latest event' }).click();
    await stack_ready(page);
    await page.goto(`${all.url}${kIssue}/nonsense`);
    await page.getByText('This is not the id of an event.').waitFor();
    await axe(page, 'event not here');
  },

  'issues on a phone: a select button, two-line cards, facts under the head': async ({ all, open, axe }) => {
    const page = await open_list(all, open, '', { width: 390, height: 844 });
    assert.equal(await page.getByRole('checkbox').count(), 0);
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select TypeError' }).click();
    await page.getByText('1 selected').waitFor();
    await axe(page, 'selecting, 390');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: /pgconn\.PgError/ }).click();
    await stack_ready(page);
    await page.getByText('Facts', { exact: true }).click();
    await page.getByText('First seen', { exact: true }).waitFor();
    await axe(page, 'facts open, 390');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  },
};

/** Every page of these, for the look at themes and widths. */
export const issues_visits = {
  issues: async (page, url) => { await page.goto(`${url}/issues`); await list_ready(page); },
  issue: async (page, url) => { await page.goto(`${url}${kIssue}`); await stack_ready(page); await page.locator('.u-over').waitFor(); await page.getByRole('heading', { name: /^Attributes/ }).waitFor(); },
  'events of an issue': async (page, url) => { await page.goto(`${url}/issues/6677889900112233/events?by=region&attr=region%3Deu-central`); await list_ready(page); await page.locator('.u-over').waitFor(); },
  'one event': async (page, url) => { await page.goto(`${url}/issues/1a2b3c4d5e6f7081/1a2b3c4d-0002-4000-8000-1a2b3c4d5e6f`); await stack_ready(page); await page.getByRole('heading', { name: /^Attributes/ }).waitFor(); },
};
