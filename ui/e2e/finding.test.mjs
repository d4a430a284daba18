// How things are found: filters and orders of lists, the query and its completion, views, the palette.
import assert from 'node:assert/strict';
import { RELEASE, seed } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;

const fill = async (server) => {
  await seed(server);
  await server.create('refund', { Keep: { Type: 'Pass', End: true } });
  await server.rest('POST', '/drafts', { kind: 'PIPELINE', name: 'first-draft', text: RELEASE });
  await server.rest('POST', '/drafts', { kind: 'PIPELINE', name: 'second-draft', text: RELEASE });
  await server.rest('PUT', '/secrets/SHOP_KEY', { value: 'never shown' });
  const bank = await server.create('payments', { Pay: { Type: 'Fail', Error: 'Bank.Closed' } });
  for (const name of ['first', 'second', 'third']) await server.until(await server.run(bank, name), 'FAILED');
};
const journey = stage((it) => ({ server, page } = it), { fill, timeout: 300_000 });

const go = (path) => page.goto(server.url + path);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const row = (name) => page.getByRole('row').filter({ hasText: name });
const paramOf = (name) => new URL(page.url()).searchParams.get(name);
const param = (name, value) => page.waitForURL((url) => url.searchParams.get(name) === value, PATIENCE);
const gone = (it) => it.waitFor({ state: 'detached', ...PATIENCE });

journey('a slash goes to the filter of every list, which the address keeps', async () => {
  for (const [address, kept, left, text] of [
    ['/workflows', 'order', 'refund', 'ORD'],
    ['/pipelines', 'nightly-report', 'hourly-sync', 'nightly'],
    ['/schedules', 'nightly-report', 'hourly-sync', '02:00'],
    ['/studio', 'first-draft', 'second-draft', 'first'],
    ['/secrets', 'SHOP_KEY', 'WAREHOUSE_PASSWORD', 'shop'],
    ['/workers', 'warehouse', 'gpu', 'ware'],
  ]) {
    await go(address);
    await row(left).first().waitFor(PATIENCE);
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.name === 'filter', null, PATIENCE);
    await page.keyboard.type(text);
    await gone(row(left).first());
    await row(kept).first().waitFor(PATIENCE);
    await param('q', text);
    await page.reload();
    await row(kept).first().waitFor(PATIENCE);
    assert.equal(await row(left).count(), 0, address);
    assert.equal(await page.getByLabel('Filter').inputValue(), text);
  }
  await go('/pipelines?q=nothing-like-it');
  await page.getByRole('heading', { name: 'Nothing here has “nothing-like-it” in it' }).waitFor(PATIENCE);
  await inBothThemes(page);
  await button('Show all 4').click();
  await row('hourly-sync').waitFor(PATIENCE);
  assert.equal(paramOf('q'), null);
});

journey('approvals are filtered by what is asked, and Escape clears the filter', async () => {
  await go('/approvals');
  await row('Release').first().waitFor(PATIENCE);
  await page.keyboard.press('/');
  await page.keyboard.type('refund');
  await gone(row('Release').first());
  await page.keyboard.press('Escape');
  await row('Release').first().waitFor(PATIENCE);
  assert.equal(await page.getByLabel('Filter').inputValue(), '');
});

journey('a list is ordered by the head of a column, up, down and as it was, and the address says how', async () => {
  await go('/pipelines');
  const head = page.getByRole('columnheader', { name: 'Name' });
  const names = () => page.locator('.table-body .row-link').allInnerTexts();
  await row('hourly-sync').waitFor(PATIENCE);
  const before = await names();
  assert.equal(await head.getAttribute('aria-sort'), 'none');
  await head.getByRole('button').click();
  await param('sort', 'name');
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(await names(), before.toSorted());
  await inBothThemes(page);
  await head.getByRole('button').click();
  await param('sort', '-name');
  await page.reload();
  await row('hourly-sync').waitFor(PATIENCE);
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  assert.deepEqual(await names(), before.toSorted().toReversed());
  await head.getByRole('button').click();
  await param('sort', null);
  assert.deepEqual(await names(), before);
  // What comes by pages is in the order of the server.
  await go('/runs');
  await row('tuesday').waitFor(PATIENCE);
  assert.equal(await page.locator('[aria-sort]').count(), 0);
});

journey('a query is completed by keys: fields, operators, values', async () => {
  await go('/runs');
  await row('tuesday').waitFor(PATIENCE);
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Query' });
  const option = (name) => page.getByRole('listbox').getByRole('option', { name, exact: true });
  assert.equal(await field.getAttribute('aria-expanded'), 'false');
  await page.keyboard.type('stat');
  await option('status').waitFor(PATIENCE);
  assert.equal(await field.getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('ArrowDown');
  assert.equal(await option('status').getAttribute('aria-selected'), 'true');
  assert.equal(await field.getAttribute('aria-activedescendant'), await option('status').getAttribute('id'));
  await inBothThemes(page);
  await page.keyboard.press('Enter');
  await option('!=').waitFor(PATIENCE);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('fai');
  await option('FAILED').click();
  assert.equal(await field.inputValue(), 'status = FAILED ');
  await page.keyboard.type('and workflow = ');
  await option('order').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await gone(option('order'));
  await page.keyboard.type('payments');
  await page.keyboard.press('Enter');
  await row('third').waitFor(PATIENCE);
  await gone(row('tuesday'));
});

journey('what a query says shows in the selects, and what they say in the query', async () => {
  await go('/runs');
  const field = page.getByRole('combobox', { name: 'Query' });
  const select = (name) => page.getByRole('search').getByRole('combobox', { name, exact: true });
  await row('tuesday').waitFor(PATIENCE);
  await field.fill('name contains d and status = failed');
  await field.press('Enter');
  await param('status', 'FAILED');
  assert.equal(paramOf('q'), 'name contains d');
  assert.equal(await select('State').inputValue(), 'FAILED');
  await row('second').waitFor(PATIENCE);
  await select('Workflow').selectOption({ label: 'payments' });
  await page.waitForFunction(() => document.querySelector('[name=q]').value === 'status = FAILED and workflow = payments and name contains d', null, PATIENCE);
  await select('State').selectOption('');
  await page.waitForFunction(() => document.querySelector('[name=q]').value === 'workflow = payments and name contains d', null, PATIENCE);
  await field.fill('');
  await field.press('Enter');
  await param('workflow', null);
  // An address with all of it in the query, as one has that was saved before.
  await go('/runs?q=workflow %3D payments and status %3D FAILED');
  await row('third').waitFor(PATIENCE);
  await page.waitForFunction(() => document.querySelector('.filters select').value === 'FAILED', null, PATIENCE);
  await row('third').waitFor(PATIENCE);
  assert.equal(await field.inputValue(), 'status = FAILED and workflow = payments');
});

journey('views tell how many runs they show, and those in which people are asked are one', async () => {
  await server.rest('POST', '/views', { name: 'of the bank', search: 'q=workflow+%3D+payments', team: true });
  await go('/runs');
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('link', { name: /of the bank.*3/ }).waitFor(PATIENCE);
  await views.getByRole('link', { name: /Waiting for people.*1/ }).click();
  await param('q', 'waiting = people');
  await row('orders-4.2').waitFor(PATIENCE);
  assert.equal(await page.locator('.table-body .row').count(), 1);
  await inBothThemes(page);
});

journey('version, trigger and progress are shown where there is room, and can be put away', async () => {
  const head = (name) => page.getByRole('columnheader', { name, exact: true });
  await go('/runs');
  await row('tuesday').getByText('by hand').waitFor(PATIENCE);
  for (const name of ['Version', 'Trigger', 'Progress']) assert.equal(await head(name).count(), 1, name);
  await page.getByText('Columns', { exact: true }).click();
  for (const name of ['Version', 'Trigger', 'Progress']) await page.getByLabel(name, { exact: true }).click();
  await param('columns', 'none');
  await gone(head('Progress'));
  await page.setViewportSize({ width: 1000, height: 800 });
  await go('/runs');
  await row('tuesday').waitFor(PATIENCE);
  assert.equal(await head('Trigger').count(), 0);
});

journey('the palette finds runs, workflows and pipelines by any part of their names', async () => {
  await go('/settings');
  await page.getByRole('heading', { name: 'Settings' }).waitFor(PATIENCE);
  await page.keyboard.press('Control+k');
  const find = dialog().getByRole('combobox');
  for (const [text, option] of [['4711', 'order-4711'], ['ders-4', 'orders-4.2'], ['eport', 'nightly-report'], ['efun', 'refund']]) {
    await find.fill(text);
    await page.getByRole('option', { name: new RegExp(`^${option}`) }).waitFor(PATIENCE);
  }
  await find.fill('4711');
  await page.getByRole('option', { name: /^order-4711/ }).click();
  await page.getByRole('heading', { name: 'order-4711' }).waitFor(PATIENCE);
});

journey('all failures that match are dismissed, once it is told how many they are', async () => {
  await go('/runs?q=workflow %3D payments');
  await page.getByRole('checkbox', { name: /second/ }).check({ force: true, ...PATIENCE });
  await button('Take all that match').click();
  await button('Dismiss…').click();
  await dialog().getByRole('heading', { name: 'Dismiss 3 failures?' }).waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Dismiss', exact: true }).click();
  await gone(dialog());
  await go('/runs?open=true&q=workflow %3D payments');
  await page.getByText('No run fits').waitFor(PATIENCE);
  await go('/runs?q=workflow %3D payments');
  await page.getByRole('checkbox', { name: /second/ }).check({ force: true, ...PATIENCE });
  await button('Take all that match').click();
  await button('Dismiss…').click();
  await dialog().getByText('None of these runs failed, or all that did are dismissed.').waitFor(PATIENCE);
});
