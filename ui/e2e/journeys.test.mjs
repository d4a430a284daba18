// What people do with the console, from the outside: the real program and a real browser.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAccess } from './browser.mjs';
import { inBothThemes, PATIENCE, showTheme, stage, THEMES } from './stage.mjs';
import { BRIEF, large, LONG, order, untilThere } from './workflows.mjs';

/** What the browser itself says of a server that is away. */
const AWAY = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
/** Most rows of a list that are there at once. */
const ROWS_MAX = 80;

let server;
let browser;
let page;

const runs = () => page.goto(`${server.url}/runs`);
const open = (id, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(id)}${search}`);
const step = (name, status) => page.locator(`[data-step="${name}"][data-status="${status}"]`).waitFor(PATIENCE);
const button = (name) => page.getByRole('button', { name, exact: true });
const inDialog = (name) => page.getByRole('dialog').getByRole('button', { name, exact: true });

/** Two runs that lists show: one ended well, the other was stopped. */
async function fill(server) {
  const ends = await server.run(await server.create('known', { Only: { Type: 'Succeed' } }), 'first');
  const waits = await server.run(await server.create('long', LONG), 'stopped-here');
  await server.stop(waits);
  await Promise.all([server.until(ends, 'SUCCEEDED'), server.until(waits, 'ABORTED')]);
}

const journey = stage((it) => ({ server, browser, page } = it), { fill, allowed: AWAY });

journey('a run that is started here goes through its graph live to its end', async () => {
  await server.create('brief', BRIEF);
  await runs();
  await button('Start run…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Workflow').selectOption({ label: 'brief' });
  await dialog.getByLabel('Name').fill('by-hand');
  await dialog.getByLabel('Input, JSON').fill('{');
  assert.equal(await inDialog('Start').isDisabled(), true);
  await dialog.getByLabel('Input, JSON').fill('{"a": 1}');
  await inDialog('Start').click();
  await step('Wait a moment', 'waiting');
  await step('Finish', 'succeeded');
  await page.locator('.facts').getByText('Succeeded').first().waitFor(PATIENCE);
  await page.getByRole('tab', { name: 'Input & output' }).click();
  await page.getByRole('tree', { name: 'Input, JSON' }).getByText('"a": 1').waitFor(PATIENCE);
  await page.getByRole('tree', { name: 'Output, JSON' }).getByText('"done": true').waitFor(PATIENCE);
});

journey('a failed run shows where and why, and goes on from there when it is redriven', async () => {
  const machine = await server.create('until-there', untilThere(server.directory));
  const id = await server.run(machine, 'fails');
  await server.until(id, 'FAILED');
  await open(id);
  await step('Look', 'failed');
  const inspector = page.getByRole('complementary', { name: 'Step Look' });
  await inspector.getByText('it is not there', { exact: true }).waitFor(PATIENCE);
  await page.getByRole('region', { name: 'Failure' }).getByText('Process.ExitCode.3').waitFor(PATIENCE);
  await page.locator('[data-step="Prepare"] button').click();
  await page.getByRole('complementary', { name: 'Step Prepare' }).getByText('Succeeded').waitFor(PATIENCE);
  writeFileSync(join(server.directory, 'there'), '');
  await button('Redrive…').click();
  await inDialog('Redrive').click();
  await step('Finish', 'succeeded');
  await page.getByText(/^redriven/).waitFor(PATIENCE);
  assert.equal(await page.getByRole('region', { name: 'Failure' }).count(), 0);
  await page.getByRole('tab', { name: 'Events' }).click();
  await button('ExecutionRedriven').waitFor(PATIENCE);
});

journey('a run that goes on can be stopped', async () => {
  const id = await server.run(await server.create('stopped', LONG), 'by-an-operator');
  await open(id);
  await step('Wait', 'waiting');
  await button('Stop…').click();
  await page.getByRole('dialog').getByLabel('Error').fill('Operator');
  await inDialog('Stop').click();
  await step('Wait', 'aborted');
  await page.getByRole('region', { name: 'Failure' }).getByText('Operator').waitFor(PATIENCE);
});

journey('the address keeps the filter, and reloading shows the same', async () => {
  await runs();
  await page.getByLabel('State').selectOption('ABORTED');
  await page.getByRole('link', { name: 'stopped-here' }).waitFor(PATIENCE);
  await page.getByRole('link', { name: 'first' }).waitFor({ state: 'detached', ...PATIENCE });
  assert.match(page.url(), /status=ABORTED/);
  await page.reload();
  await page.getByRole('link', { name: 'stopped-here' }).waitFor(PATIENCE);
  assert.equal(await page.getByLabel('State').inputValue(), 'ABORTED');
  assert.equal(await page.getByRole('link', { name: 'first' }).count(), 0);
  await page.getByLabel('State').selectOption('TIMED_OUT');
  await page.getByRole('heading', { name: 'No run fits' }).waitFor(PATIENCE);
  await button('Show all runs').click();
  await page.getByRole('link', { name: 'first' }).waitFor(PATIENCE);
});

journey('a query finds runs, and one that is wrong says where', async () => {
  await runs();
  await page.getByLabel('Query').fill('status = ABORTED and name starts with "stopped"');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'first' }).waitFor({ state: 'detached', ...PATIENCE });
  await page.getByRole('link', { name: 'stopped-here' }).waitFor(PATIENCE);
  await page.getByLabel('Query').fill('status = DONE');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('^^^^').waitFor(PATIENCE);
  await checkAccess(page);
  // The browser itself notes the answer 400.
  browser.check(/400/);
});

journey('new runs wait behind a count, and known ones change in their rows', async () => {
  await runs();
  await page.getByRole('link', { name: 'first' }).waitFor(PATIENCE);
  const machine = await server.create('announced', LONG);
  const id = await server.run(machine, 'announced');
  await button('1 new run, show it').click(PATIENCE);
  const row = page.getByRole('row').filter({ hasText: 'announced' });
  // It does nothing but wait, and the row says so.
  await row.getByText('Waiting').waitFor(PATIENCE);
  await server.stop(id);
  await row.getByText('Aborted').waitFor(PATIENCE);
});

journey('a page goes on by itself after a crash of the server', async () => {
  const machine = await server.create('brief-again', BRIEF);
  const id = await server.run(machine, 'survivor');
  await open(id);
  await step('Wait a moment', 'waiting');
  await server.kill();
  await page.getByRole('status').getByText('Reconnecting…').waitFor(PATIENCE);
  await server.start();
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor(PATIENCE);
  await step('Finish', 'succeeded');
});

journey('a page that does not come while the server is away comes by itself', async () => {
  await runs();
  await page.getByRole('link', { name: 'first' }).waitFor(PATIENCE);
  await server.kill();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Workers & queues' }).click();
  await page.getByRole('heading', { name: 'This page could not be loaded' }).waitFor(PATIENCE);
  await checkAccess(page);
  await server.start();
  await page.getByRole('heading', { name: 'Workers & queues' }).waitFor(PATIENCE);
});

journey('an address that is none says so, in the console', async () => {
  await page.goto(`${server.url}/nothing/here`);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor(PATIENCE);
  await checkAccess(page);
  // The browser itself notes the answer 404.
  browser.check(/404/);
});

journey('keys do what the sheet says, and not in fields', async () => {
  const id = await server.run(await server.create('keyed', BRIEF), 'by-keys');
  await server.until(id, 'SUCCEEDED');
  await runs();
  await page.getByRole('link', { name: 'by-keys' }).waitFor(PATIENCE);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor(PATIENCE);
  await inBothThemes(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Graph' }).waitFor(PATIENCE);
  await page.keyboard.press('2');
  await page.getByRole('table', { name: 'Timeline' }).getByRole('img', { name: /^Wait a moment: after/ }).waitFor(PATIENCE);
  await page.keyboard.press('3');
  await page.getByRole('table', { name: 'Events' }).waitFor(PATIENCE);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor(PATIENCE);
  await page.keyboard.press('/');
  assert.equal(await page.getByLabel('Query').evaluate((field) => field === document.activeElement), true);
});

journey('a graph of five hundred states opens folded, and long lists keep few rows', async () => {
  const machine = await server.create('large', large(50));
  const id = await server.run(machine, 'large');
  await server.until(id, 'SUCCEEDED');
  await open(id);
  await step('Block 0', 'succeeded');
  assert.equal(await page.locator('[data-step="0a 1"]').count(), 0);
  await button('Open Block 0').click();
  await step('0a 1', 'succeeded');
  await page.getByRole('tab', { name: 'Events' }).click();
  await button('ExecutionStarted').waitFor(PATIENCE);
  assert.ok((await page.locator('.events .row').count()) <= ROWS_MAX);
});

journey('events are filtered and kept as a file, and the inspector is made wider', async () => {
  const id = await server.run(await server.create('filtered', BRIEF), 'filtered');
  await server.until(id, 'SUCCEEDED');
  await open(id, '?tab=events');
  await page.getByLabel('Filter').fill('finish');
  await page.getByText('2 events').waitFor(PATIENCE);
  await button('ExecutionStarted').waitFor({ state: 'detached', ...PATIENCE });
  await page.reload();
  await button('PassStateExited').click();
  const inspector = page.getByRole('complementary', { name: /^Event/ });
  const before = (await inspector.boundingBox()).width;
  await page.getByRole('separator', { name: 'Width of the inspector' }).focus();
  for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowLeft');
  assert.equal((await inspector.boundingBox()).width, before + 100);
  await checkAccess(page);
  const file = page.waitForEvent('download', PATIENCE);
  await button('Download').click();
  assert.equal((await file).suggestedFilename(), 'filtered.history.json');
});

journey('a run that is not there is said not to be there', async () => {
  await open('arn:aws:states:us-east-1:000000000000:execution:none:none');
  await page.getByRole('heading', { name: 'There is no such run' }).waitFor(PATIENCE);
  await checkAccess(page);
  // The browser itself notes the answer 404.
  browser.check(/404/);
});

journey('every page can be used with assistive technology, in both themes and on a phone', async () => {
  const machine = await server.create('order', order(join(server.directory, 'nowhere')));
  const id = await server.run(machine, 'order', { total: 620, items: [1, 2] });
  await server.until(id, 'FAILED');
  for (const theme of THEMES) {
    await showTheme(page, theme);
    await runs();
    await page.getByRole('link', { name: 'order', exact: true }).waitFor(PATIENCE);
    await checkAccess(page);
    await button('Start run…').click();
    await page.getByRole('dialog').waitFor(PATIENCE);
    await checkAccess(page);
    for (const [search, there] of [
      ['', '[data-step="Charge card"]'],
      ['?as=list', '.steps'],
      ['?tab=timeline', '.timeline-bar'],
      ['?tab=events', '.events [role="cell"]'],
      ['?tab=data', '.json-lines'],
      ['?tab=definition', '.json mark'],
    ]) {
      await open(id, search);
      await page.locator(there).first().waitFor(PATIENCE);
      await checkAccess(page);
    }
  }
  await page.setViewportSize({ width: 360, height: 740 });
  for (const address of [`${server.url}/runs`, page.url()]) {
    await page.goto(address);
    await page.locator('main h1').waitFor(PATIENCE);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${address} is ${overflow} pixels too wide`);
  }
});
