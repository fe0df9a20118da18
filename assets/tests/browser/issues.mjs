// Issues: click paths. run.mjs runs them with its own.
import { strict as assert } from 'node:assert';

const rows = (page) => page.locator('tbody tr');
const list_ready = (page) => rows(page).first().waitFor();
const row_count = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll('tbody tr').length === wanted, count);

export const issues_tests = {
  'issues are sorted, searched and told apart by state': async ({ all, open }) => {
    const page = await open();
    await page.goto(`${all.url}/issues`);
    await list_ready(page);
    assert.equal(await rows(page).count(), 4);
    assert.match(await rows(page).first().innerText(), /New[\s\S]*TypeError[\s\S]*reading 'id'/);
    await page.getByRole('button', { name: 'Events' }).click();
    await page.getByRole('button', { name: 'Events' }).click();
    await page.waitForFunction(() => document.querySelector('tbody tr')?.innerText.includes('Disk almost full'));
    await page.getByRole('link', { name: /^Archived/ }).click();
    await row_count(page, 1);
    await page.getByRole('link', { name: /^Open/ }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('payment PROVIDER');
    await row_count(page, 1);
    await page.waitForURL(/search=payment/);
    await page.getByLabel('Search stack traces and messages').fill('nothing like it');
    await page.getByText('No stack trace of an open issue contains').waitFor();
    await page.getByRole('link', { name: 'Clear the search' }).click();
    await row_count(page, 4);
  },

  'triage by keyboard: select, archive, undo': async ({ all, open, axe }) => {
    const page = await open();
    await page.goto(`${all.url}/issues`);
    await list_ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('2 selected').waitFor();
    await axe(page, 'two issues selected');
    await page.keyboard.press('a');
    await page.getByText('Archived 2 issues until it happens again').waitFor();
    await row_count(page, 2);
    await page.keyboard.press('u');
    await row_count(page, 4);
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await row_count(page, 3);
  },

  'an issue shows its newest event, walks to older ones and leads to the request': async ({ all, open, allow }) => {
    allow(/404/);
    const page = await open();
    await page.goto(`${all.url}/issues`);
    await page.getByRole('link', { name: /TypeError/ }).click();
    await page.getByRole('heading', { level: 1, name: 'TypeError' }).waitFor();
    await page.getByRole('heading', { name: 'Event 1 of 1,204' }).waitFor();
    assert.match(await page.getByRole('region', { name: 'Stack trace' }).innerText(), /at total \(\/app\/src\/cart\.js:42:18\)/);
    await page.keyboard.press('[');
    await page.getByRole('heading', { name: 'Event 2 of 1,204' }).waitFor();
    await page.getByText('u-2').waitFor();
    assert.match(page.url(), /event=2/);
    await page.keyboard.press(']');
    await page.getByRole('heading', { name: 'Event 1 of 1,204' }).waitFor();
    await page.getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('button', { name: 'Open again' }).waitFor();
    const href = await page.getByRole('link', { name: 'POST /api/checkout' }).getAttribute('href');
    assert.match(href, /^\/endpoints\/POST%20%2Fapi%2Fcheckout\/7a5c0003-/);
    await page.goto(`${all.url}/issues/ffffffffffffffff`);
    await page.getByText('Exception not found').waitFor();
  },
};

/** Every page of these, for the look at themes and widths. */
export const issues_visits = {
  issues: async (page, url) => { await page.goto(`${url}/issues`); await list_ready(page); },
  issue: async (page, url) => { await page.goto(`${url}/issues/000000000000000a`); await page.getByRole('region', { name: 'Stack trace' }).waitFor(); },
};
