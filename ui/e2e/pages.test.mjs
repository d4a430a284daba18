// The pages beside runs: the real program with pipelines on it, and a real browser.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addresses } from './addresses.mjs';
import { checkAccess } from './browser.mjs';
import { seed } from './seed.mjs';
import { inBothThemes, PATIENCE, showTheme, stage, THEMES } from './stage.mjs';

/** Most rows of a list that are there at once. */
const ROWS_MAX = 80;

let server;
let page;
let seeded;

const go = (path) => page.goto(server.url + path);
const button = (name) => page.getByRole('button', { name, exact: true });
const inDialog = (name) => page.getByRole('dialog').getByRole('button', { name, exact: true });
const heading = (name) => page.getByRole('heading', { name, exact: true }).waitFor(PATIENCE);

const journey = stage((it) => ({ server, page, filled: seeded } = it), { fill: seed, timeout: 300_000 });

journey('the overview tells what failed and who is asked, and leads there', async () => {
  await go('/overview');
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await attention.getByText('no stock left').waitFor(PATIENCE);
  assert.equal(await page.locator('.figures dd').first().innerText(), '2');
  await page.getByRole('region', { name: 'Next on the clock' }).getByText('hourly-sync').waitFor(PATIENCE);
  await page.getByRole('region', { name: 'Waiting on people' }).getByRole('link', { name: /Release orders/ }).click();
  await heading('Approvals');
  await page.getByRole('complementary', { name: 'Approval' }).getByText('It changes the price table.').waitFor(PATIENCE);
});

journey('what somebody is asked can be answered with the keyboard alone', async () => {
  await go('/approvals');
  const inspector = page.getByRole('complementary', { name: 'Approval' });
  await inspector.getByText('gate').waitFor(PATIENCE);
  assert.equal(await inspector.getByRole('button', { name: /Approve/ }).isDisabled(), true, 'the form has a field to fill in');
  await page.keyboard.press('a');
  assert.equal(await inspector.count(), 1, 'what is not filled in cannot be sent');
  await inspector.getByLabel('window').focus();
  await page.keyboard.type('tonight');
  await inspector.getByLabel('Comment').fill('after the backup');
  await page.getByRole('heading', { name: 'Approvals' }).focus();
  await page.keyboard.press('a');
  await heading('Nobody is asked anything');
  await server.until(seeded.asking, 'SUCCEEDED');
  await page.getByRole('tab', { name: 'Done' }).click();
  await page.getByRole('button', { name: /Release orders/ }).click();
  await inspector.getByText('after the backup').waitFor(PATIENCE);
});

journey('a rejection says why, and fails the task', async () => {
  const run = await server.startPipeline('release', 'rejected-here');
  await go('/approvals');
  await page.getByRole('complementary', { name: 'Approval' }).getByText('rejected-here').waitFor(PATIENCE);
  await page.keyboard.press('x');
  await page.getByRole('dialog').getByLabel('Comment').fill('not before Monday');
  await checkAccess(page);
  await inDialog('Reject').click();
  await heading('Nobody is asked anything');
  await server.until(run, 'FAILED');
});

journey('a schedule is told in words, and rests when it is paused', async () => {
  await go('/schedules');
  await page.getByRole('button', { name: /nightly-report/ }).click();
  const inspector = page.getByRole('complementary', { name: /nightly-report/ });
  await inspector.getByText('02:00 every day', { exact: false }).waitFor(PATIENCE);
  await inspector.getByRole('button', { name: 'Pause…' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('the source is being moved');
  await inDialog('Pause').click();
  await inspector.getByText('the source is being moved', { exact: false }).waitFor(PATIENCE);
  await page.getByRole('row', { name: /Paused nightly-report/ }).waitFor(PATIENCE);
  await page.reload();
  await inspector.getByRole('button', { name: 'Resume…' }).click();
  await inDialog('Resume').click();
  await inspector.getByRole('button', { name: 'Pause…' }).waitFor(PATIENCE);
  await page.getByLabel('Filter').fill('nothing like it');
  await page.getByRole('heading', { name: /^Nothing here has/ }).waitFor(PATIENCE);
  await button('Show all 2').click();
  await page.getByRole('button', { name: /hourly-sync/ }).waitFor(PATIENCE);
});

journey('a schedule says why it did not run', async () => {
  const text = (when) => `
pipeline: every-second
on: {schedule: {every: 1s, timezone: UTC, if: "${when}"}}
tasks: {only: {noop: true}}
`;
  await server.push(text('false'));
  await go('/schedules');
  await page.getByRole('button', { name: /every-second/ }).click();
  const inspector = page.getByRole('complementary', { name: /every-second/ });
  await inspector.getByText('its condition did not hold').first().waitFor(PATIENCE);
  await server.push(text('true'));
  await inspector.getByText('Started').first().waitFor(PATIENCE);
  await server.rest('DELETE', '/pipelines/every-second');
});

journey('the grid shows each task in each run, and arrows go through it', async () => {
  await go('/pipelines');
  await page.getByRole('link', { name: 'nightly-report' }).click();
  await heading('Nightly report');
  const cell = (name) => page.getByRole('button', { name, exact: true });
  await cell('check in monday: Failed').click();
  const inspector = page.getByRole('complementary', { name: 'check in monday' });
  await inspector.getByText('no stock left', { exact: true }).waitFor(PATIENCE);
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), 'check in tuesday: Succeeded');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'parts in tuesday' }).getByText(/^3 succeeded, /).waitFor(PATIENCE);
});

journey('a run starts with params, and what they must be is said', async () => {
  await go('/pipelines/nightly-report');
  await button('Start run…').click();
  const dialog = page.getByRole('dialog');
  assert.equal(await inDialog('Start').isDisabled(), true, 'a param must be given');
  await dialog.getByLabel('Note for the readers').fill('by hand');
  await dialog.getByLabel('limit').fill('-1');
  await dialog.getByText(/^It must be at least/).waitFor(PATIENCE);
  assert.equal(await inDialog('Start').isDisabled(), true, 'a limit is not kept');
  await dialog.getByLabel('limit').fill('7');
  await dialog.getByLabel('region').selectOption('us');
  await dialog.getByLabel('Name of the run').fill('by-hand');
  await inDialog('Start').click();
  await heading('by-hand');
  await page.getByRole('tab', { name: 'Input & output' }).click();
  await page.getByRole('tree', { name: 'Input, JSON' }).getByText('"limit": 7').waitFor(PATIENCE);
});

journey('versions are compared, and triggers tell what came', async () => {
  await go('/pipelines/nightly-report?tab=versions');
  await page.getByText('New tasks: archive.').waitFor(PATIENCE);
  await page.getByRole('region', { name: 'Difference' }).getByText('+  archive:').waitFor(PATIENCE);
  await fetch(`${server.url}/hooks/reports`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  await page.getByRole('tab', { name: 'Triggers' }).click();
  await page.getByRole('table', { name: 'Deliveries of hook' }).getByRole('row').nth(1).waitFor(PATIENCE);
});

journey('what came to a trigger is replayed, and the run says so', async () => {
  const { items } = await (await fetch(`${server.url}/api/v1/pipelines/nightly-report/triggers/hook/deliveries`)).json();
  await button('Replay…').first().click();
  await page.getByRole('dialog').getByText('As a command').click();
  await page.getByRole('dialog').getByText(`compasso triggers replay nightly-report hook ${items[0].id}`).waitFor(PATIENCE);
  await checkAccess(page);
  await inDialog('Replay').click();
  await page.getByText(/^replay of what came to hook/).waitFor(PATIENCE);
  await page.getByRole('link', { name: 'hook', exact: true }).click();
  await page.getByRole('table', { name: 'Deliveries of hook' }).getByText(/^Replay of what came/).waitFor(PATIENCE);
});

journey('a state machine is begun in Studio from the page of workflows', async () => {
  await go('/workflows');
  await button('New state machine…').click();
  await page.getByRole('dialog', { name: 'New state machine' }).waitFor(PATIENCE);
  await checkAccess(page);
  await page.keyboard.press('Escape');
});

journey('a backfill is looked at before it begins, and tells how far it is', async () => {
  await go('/pipelines/hourly-sync?tab=backfills');
  await button('Backfill…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('From').fill('2026-01-01T00:00:00Z');
  await dialog.getByLabel('To').fill('2026-01-01T03:00:00Z');
  await inDialog('Preview').click();
  await dialog.getByText('3 new', { exact: false }).waitFor(PATIENCE);
  await checkAccess(page);
  await inDialog('Begin with 3').click();
  await page.getByRole('region', { name: 'The backfill' }).getByText('3/3').waitFor(PATIENCE);
  await page.getByText('Finished', { exact: true }).waitFor(PATIENCE);
});

journey('a queue that nobody takes from says so, and pools can be resized', async () => {
  await go('/workers');
  await page.getByText('1 task waits for a worker with gpu, and there is none:').waitFor(PATIENCE);
  await button('Resize…').click();
  await page.getByRole('dialog').getByLabel('Places').fill('9');
  await inDialog('Set').click();
  await page.getByText('0/9').waitFor(PATIENCE);
});

journey('a secret goes in and never comes out', async () => {
  await go('/secrets');
  await button('New secret…').click();
  await page.getByRole('dialog').getByLabel('Name').fill('API_KEY');
  await page.getByRole('dialog').getByLabel('Value').fill('a value nobody sees');
  await inDialog('Keep').click();
  await page.getByRole('cell', { name: 'API_KEY', exact: true }).waitFor(PATIENCE);
  assert.equal((await page.content()).includes('a value nobody sees'), false);
  await button('Delete API_KEY').click();
  await inDialog('Delete').click();
  await page.getByRole('cell', { name: 'API_KEY', exact: true }).waitFor({ state: 'detached', ...PATIENCE });
});

journey('a workflow has its runs and its definition', async () => {
  await go('/workflows');
  await page.getByRole('link', { name: 'order', exact: true }).click();
  await page.getByRole('link', { name: 'order-4711' }).waitFor(PATIENCE);
  await page.getByRole('tab', { name: 'Definition' }).click();
  await page.getByRole('region', { name: 'Text: Definition' }).getByText('Ask for approval').waitFor(PATIENCE);
  await page.getByRole('tab', { name: 'Versions' }).click();
  await heading('No version is published');
});

journey('Ctrl-K finds pages, pipelines and runs', async () => {
  await go('/settings');
  await heading('Settings');
  await page.getByText('This one, alone on its store.').waitFor(PATIENCE);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').and(page.locator(':focus')).waitFor(PATIENCE);
  await page.keyboard.type('order-47');
  await page.getByRole('option', { name: /order-4711/ }).waitFor(PATIENCE);
  await checkAccess(page);
  await page.keyboard.press('Enter');
  await heading('order-4711');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill('redr');
  await page.getByRole('option', { name: /Redrive/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Redrive', exact: true }).waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE });
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await heading('Workers & queues');
});

journey('rows can be closer, and stay so', async () => {
  await go('/settings');
  await page.getByLabel('Compact').check();
  await page.reload();
  assert.equal(await page.getByLabel('Compact').isChecked(), true);
  await go('/runs');
  const row = page.locator('.table-body .row').first();
  await row.waitFor(PATIENCE);
  assert.ok((await row.boundingBox()).height <= 28);
  await page.evaluate(() => localStorage.removeItem('compasso.density'));
});

journey("a pipeline's run shows its tasks, and what they wrote", async () => {
  await go(`/runs/${encodeURIComponent(seeded.failed)}`);
  await page.locator('[data-step="check"][data-status="failed"]').waitFor(PATIENCE);
  await page.locator('[data-step="publish"][data-status="upstream_failed"]').waitFor(PATIENCE);
  const inspector = page.getByRole('complementary', { name: 'Task check' });
  await inspector.getByRole('region', { name: 'Error' }).getByText('no stock left').waitFor(PATIENCE);
  await page.locator('[data-step="parts"] button').click();
  await page.getByRole('complementary', { name: 'Task parts' }).getByText('3 succeeded, 0 failed').waitFor(PATIENCE);
  await page.locator('[data-step="check"] button').click();
  await inspector.getByRole('link', { name: 'Its log' }).click();
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText('no stock left').waitFor(PATIENCE);
  assert.equal(await lines.getByText('row 1').count(), 0, 'only the lines of the task');
  await page.getByRole('combobox', { name: 'Step' }).selectOption('');
  await lines.getByText('row 1').waitFor(PATIENCE);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('STOCK');
  await page.keyboard.press('Enter');
  await lines.locator('.current mark').getByText('stock').waitFor(PATIENCE);
  await lines.getByText('row 1').waitFor(PATIENCE);
  const download = page.waitForEvent('download', PATIENCE);
  await page.getByRole('link', { name: 'Download' }).click();
  assert.equal((await download).suggestedFilename(), 'monday.log');
});

journey('a log is followed while it is written', async () => {
  await server.push(`
pipeline: counting
tasks:
  count: {run: "for n in $(seq 400); do echo line $n; done; until [ -f ${server.directory}/go ]; do sleep 0.05; done; echo the end"}
`);
  const run = await server.startPipeline('counting', 'followed');
  await go(`/runs/${encodeURIComponent(run)}?tab=logs`);
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText('line 400').waitFor(PATIENCE);
  assert.ok((await lines.locator('.log-line').count()) <= ROWS_MAX);
  writeFileSync(join(server.directory, 'go'), '');
  await lines.getByText('the end').waitFor(PATIENCE);
  await page.getByText('401 lines', { exact: true }).waitFor(PATIENCE);
});

journey('a task that cannot run says what it waits for', async () => {
  await go(`/runs/${encodeURIComponent(seeded.blocked)}`);
  const waits = page.getByRole('region', { name: 'What it waits for' });
  await waits.getByText('no worker has the tags gpu').waitFor(PATIENCE);
});

journey('a task that has not begun can be skipped', async () => {
  await server.push(`
pipeline: steered
tasks:
  first: {wait: {signal: go}}
  second: {needs: first, run: exit 3}
`);
  const run = await server.startPipeline('steered', 'by-hand');
  await go(`/runs/${encodeURIComponent(run)}?step=second`);
  const inspector = page.getByRole('complementary', { name: 'Task second' });
  await inspector.getByRole('button', { name: 'Skip' }).click(PATIENCE);
  await inspector.getByText('It will be skipped').waitFor(PATIENCE);
  await button('Stop…').click();
  await inDialog('Stop').click();
  await page.locator('.facts').getByText('Aborted').first().waitFor(PATIENCE);
});

journey('what was done by a button, or in a dialog, is there as a command afterwards', async () => {
  const commands = page.locator('.top').getByRole('button', { name: 'Commands' });
  await go('/workers');
  assert.equal(await button('Drain').count(), 0, 'the worker that the server has built in is not drained');
  await button('Resize…').click(PATIENCE);
  await page.getByRole('dialog').getByLabel('Places').fill('5');
  await inDialog('Set').click();
  await commands.click(PATIENCE);
  const dialog = page.getByRole('dialog', { name: 'What you did, as commands' });
  await dialog.getByText('compasso pools set warehouse 5').first().waitFor(PATIENCE);
  await inBothThemes(page);
  await page.keyboard.press('Escape');
  await server.push('pipeline: commanded\ntasks: {only: {wait: {signal: go}}}');
  const run = await server.startPipeline('commanded', 'by-hand');
  await go(`/runs/${encodeURIComponent(run)}`);
  await button('Hold all tasks').click(PATIENCE);
  await commands.waitFor(PATIENCE);
  await page.keyboard.press('c');
  await dialog.getByText(`compasso hold ${run}`).first().waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await button('Stop…').click();
  await page.getByRole('dialog').getByText('As a command').click();
  await page.getByRole('dialog').getByText(`compasso stop ${run} --cancel`).waitFor(PATIENCE);
  await inDialog('Stop').click();
  await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE });
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('commands');
  await page.getByRole('option', { name: /What you did/ }).click();
  await dialog.getByText(`compasso stop ${run} --cancel`).first().waitFor(PATIENCE);
  await page.keyboard.press('Escape');
});

journey('a run that waits for its turn says so, and shows what it will do', async () => {
  await server.push(`
pipeline: one-at-a-time
concurrency: {max_runs: 1, overlap: buffer_all}
tasks: {only: {wait: {signal: go}}}
`);
  const first = await server.startPipeline('one-at-a-time', 'first');
  const second = await server.startPipeline('one-at-a-time', 'second');
  await go('/pipelines/one-at-a-time');
  await page.getByText('1 queued').waitFor(PATIENCE);
  await page.getByRole('link', { name: 'second', exact: true }).click();
  await page.locator('.facts').getByText('Queued').waitFor(PATIENCE);
  await page.locator('[data-step="only"]').waitFor(PATIENCE);
  assert.match(decodeURIComponent(page.url()), new RegExp(second));
  await server.rest('POST', `/runs/${encodeURIComponent(first)}/stop`, {});
  await page.locator('[data-step="only"][data-status="waiting"]').waitFor(PATIENCE);
});

for (const theme of THEMES) {
  journey(`every page can be used with assistive technology in the ${theme} theme`, async () => {
    await showTheme(page, theme);
    for (const [address, there] of addresses(seeded)) {
      await go(address);
      await page.locator(there).first().waitFor(PATIENCE);
      await checkAccess(page).catch((error) => {
        throw new Error(`${address}: ${error.message}`);
      });
    }
  });
}

journey('no page is too wide for a phone', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [address, there] of addresses(seeded)) {
    await go(address);
    await page.locator(there).first().waitFor(PATIENCE);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${address} is ${overflow} pixels too wide`);
  }
  await button('Pages').click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await heading('Settings');
});

journey('no page is too wide at twice the size', async () => {
  await page.setViewportSize({ width: 720, height: 450 });
  for (const [address, there] of addresses(seeded)) {
    await go(address);
    await page.locator(there).first().waitFor(PATIENCE);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${address} is ${overflow} pixels too wide`);
  }
});

journey('what a colour says is also seen where the reader forces colours', async () => {
  await page.emulateMedia({ forcedColors: 'active' });
  const style = (selector, name) => page.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], name);
  await go(`/runs/${encodeURIComponent(seeded.run)}`);
  await page.locator('[data-step="Charge card"]').waitFor(PATIENCE);
  assert.notEqual(await style('[role=tab][aria-selected=true]', 'borderBottomColor'), await style('[role=tab][aria-selected=false]', 'borderBottomColor'));
  assert.equal(await style('.segments [aria-pressed=true]', 'outlineStyle'), 'solid');
  assert.equal(await style('.pages a.active', 'outlineStyle'), 'solid');
  assert.notEqual(await style('[data-step="Charge card"] .glyph', 'color'), await style('[data-step="Check order"] .glyph', 'color'));
  for (const theme of THEMES) {
    await showTheme(page, theme);
    assert.equal(await style('.zoom svg', 'stroke'), await style('main h1', 'color'), `what is drawn is ink in the ${theme} theme`);
  }
  await go('/overview');
  await page.locator('.bars .bad').first().waitFor({ state: 'attached', ...PATIENCE });
  assert.notEqual(await style('.bars .bad', 'backgroundColor'), await style('.bars .good', 'backgroundColor'));
  await page.emulateMedia({ forcedColors: 'none' });
});
