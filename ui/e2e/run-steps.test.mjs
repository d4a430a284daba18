// What the page of a run tells of its steps, its events and its generations, and what it leads to.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBothThemes, PATIENCE, stage, untilCopied } from './stage.mjs';

/** More events than a page of them has. */
const STATES = 300;

let server;
let page;
let runs;
const test = stage((ready) => ({ server, page, filled: runs } = ready), { fill });

const pipelineOf = (directory) => `
pipeline: nightly
tasks:
  extract:
    retry: {max: 1, delay: 10ms}
    artifacts: {out: [report.txt]}
    run: |
      echo saved > report.txt
      [ -e ${directory}/tried ] || { touch ${directory}/tried; echo "no connection" >&2; exit 7; }
  check: {needs: extract, run: '[ -e ${directory}/good ]'}
`;

async function fill(server) {
  const chain = Object.fromEntries(
    Array.from({ length: STATES }, (_, at) => [
      `Step ${at}`,
      { Type: 'Pass', ...(at === 7 ? { Result: { said: 'declined by the bank' } } : {}), ...(at + 1 < STATES ? { Next: `Step ${at + 1}` } : { End: true }) },
    ]),
  );
  const long = await server.run(await server.create('long', chain), 'long-run');
  const inner = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', End: true } } };
  const folded = await server.run(await server.create('folded', { Both: { Type: 'Parallel', Branches: [inner], Next: 'Refuse' }, Refuse: { Type: 'Fail', Error: 'No' } }), 'folded-run');
  await server.push(pipelineOf(server.directory));
  const nightly = await server.startPipeline('nightly', 'nightly-run');
  await server.until(nightly, 'FAILED');
  await server.until(long, 'SUCCEEDED');
  await server.until(folded, 'FAILED');
  return { long, folded, nightly };
}

const open = (run, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(run)}${search}`);
const button = (name) => page.getByRole('button', { name, exact: true });
const task = (name) => page.getByRole('complementary', { name: `Task ${name}` });
const step = (name) => page.getByRole('complementary', { name: `Step ${name}` });

test('all events are loaded, as JSON too, and it is said how many are there', async () => {
  await open(runs.long, '?tab=events&rows=json');
  const total = (2 * STATES + 2).toLocaleString('en');
  await page.getByText(`500 of ${total} events are loaded`).waitFor(PATIENCE);
  await button('Load all').click();
  await page.getByText(`500 of ${total} events are loaded`).waitFor({ state: 'detached', ...PATIENCE });
  await page.getByLabel('Filter').fill('ExecutionSucceeded');
  await page.getByText('1 event', { exact: true }).waitFor(PATIENCE);
});

test('events are read from the last one on', async () => {
  await open(runs.long, '?tab=events');
  await button('ExecutionStarted').waitFor(PATIENCE);
  await page.getByLabel('Newest first').check();
  await button('ExecutionSucceeded').waitFor(PATIENCE);
  await page.reload();
  const rows = page.getByRole('table', { name: 'Events' }).getByRole('row');
  await rows.nth(1).getByRole('button', { name: 'ExecutionSucceeded' }).waitFor(PATIENCE);
  await rows.nth(2).getByText(`Step ${STATES - 1}`).waitFor(PATIENCE);
  await inBothThemes(page);
});

test('events are found by what they tell', async () => {
  await open(runs.long, '?tab=events&q=declined');
  await page.getByRole('table', { name: 'Events' }).getByText('Step 7', { exact: true }).first().waitFor(PATIENCE);
  await button('ExecutionStarted').waitFor({ state: 'detached', ...PATIENCE });
});

test('a task tells its attempts, what it was sent, and the files that it left', async () => {
  await open(runs.nightly, '?step=extract');
  const attempts = task('extract').getByRole('region', { name: 'Attempts' }).getByRole('listitem');
  await attempts.first().waitFor(PATIENCE);
  assert.equal(await attempts.count(), 2);
  assert.match(await attempts.first().innerText(), /no connection/);
  await task('extract').getByRole('button', { name: 'Show the input' }).click();
  await task('extract').getByRole('region', { name: 'Input' }).getByText('report.txt').first().waitFor(PATIENCE);
  const download = page.waitForEvent('download', PATIENCE);
  await task('extract').getByRole('region', { name: 'Files' }).getByRole('link', { name: 'report.txt' }).click();
  assert.equal((await download).suggestedFilename(), 'report.txt');
  await inBothThemes(page);
  await open(runs.nightly, '?tab=data');
  await page.getByRole('region', { name: 'Files' }).getByRole('link', { name: 'report.txt' }).waitFor(PATIENCE);
});

test('two attempts are compared: how each went, and what it was sent', async () => {
  await open(runs.nightly, '?step=extract');
  await button('Compare attempts…').click();
  const dialog = page.getByRole('dialog', { name: 'Two attempts' });
  const facts = dialog.getByRole('table', { name: 'Two attempts' });
  await facts.getByRole('columnheader', { name: 'Attempt 2' }).waitFor(PATIENCE);
  const failure = await facts.getByRole('row').filter({ hasText: 'Cause' }).getByRole('cell').allInnerTexts();
  assert.match(failure[1], /no connection/);
  assert.equal(failure[2], '–');
  await dialog.getByRole('region', { name: 'Input' }).getByRole('status').waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog.getByLabel('One').selectOption('Attempt 2');
  await facts.getByRole('columnheader', { name: 'Attempt 1' }).waitFor({ state: 'detached', ...PATIENCE });
});

test('the attempts of a task are drawn apart', async () => {
  await open(runs.nightly, '?tab=timeline');
  const row = page.getByRole('row').filter({ hasText: 'extract' });
  await row.locator('.timeline-bar.attempt').nth(1).waitFor(PATIENCE);
});

test('the definition marks a task', async () => {
  await open(runs.nightly, '?tab=definition&step=check');
  assert.match(await page.locator('.json mark').innerText(PATIENCE), /^\s*check: \{needs: extract/);
});

test('a step leads to its log, to Studio, and to a run that begins there', async () => {
  await open(runs.folded, '?step=Refuse');
  await step('Refuse').getByRole('button', { name: 'Start again from here…' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('At “Refuse”').isChecked(), true);
  await dialog.getByLabel('Name').fill('folded-again');
  await dialog.getByRole('button', { name: 'Start', exact: true }).click();
  const head = page.locator('.run-head .facts');
  await head.getByText('runs folded-run again').waitFor(PATIENCE);
  await head.getByRole('link', { name: 'folded-run' }).click();
  await head.getByText('started again as folded-again').waitFor(PATIENCE);
  await open(runs.folded, '?step=Inner');
  assert.equal(await step('Inner').getByRole('button', { name: 'Start again from here…' }).isDisabled(PATIENCE), true);
  await step('Inner').getByRole('link', { name: 'Its log' }).click();
  await page.getByText('Nothing was written').waitFor(PATIENCE);
  await open(runs.folded, '?step=Inner');
  await step('Inner').getByRole('button', { name: 'Test step' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/studio/') && url.searchParams.get('step') === 'Inner', PATIENCE);
  await page.getByRole('tab', { name: 'Test step', selected: true }).waitFor(PATIENCE);
});

test('the containers that are open stand in the address', async () => {
  await open(runs.folded);
  await page.locator('[data-step="Inner"]').waitFor(PATIENCE);
  await page.locator('[data-step="Both"] .step-face').dblclick();
  await page.locator('[data-step="Inner"]').waitFor({ state: 'detached', ...PATIENCE });
  await page.waitForURL((url) => url.searchParams.get('open') === '[]', PATIENCE);
  await page.reload();
  await page.locator('[data-step="Both"]').waitFor(PATIENCE);
  assert.equal(await page.locator('[data-step="Inner"]').count(), 0);
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: 'Open Both' }).click(PATIENCE);
  await page.waitForURL((url) => url.searchParams.get('open') === '["Both"]', PATIENCE);
  await page.reload();
  await page.locator('.steps').getByRole('button', { name: 'Inner', exact: true }).waitFor(PATIENCE);
});

test('the ARN of a run is copied', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(runs.folded);
  await button('Copy the ARN').click();
  await untilCopied(page, `^${runs.folded}$`);
});

test('a task is the beginning of another generation, and earlier ones can be looked at', async () => {
  writeFileSync(join(server.directory, 'good'), '');
  assert.ok(existsSync(join(server.directory, 'tried')));
  await open(runs.nightly, '?step=check');
  await task('check').getByRole('button', { name: 'Redrive from here…' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('check, and all that comes after it').isChecked(), true);
  await dialog.getByRole('button', { name: 'Redrive', exact: true }).click();
  await page.locator('[data-step="check"][data-status="succeeded"]').waitFor(PATIENCE);
  await page.getByLabel('Generation').selectOption('1');
  await page.locator('[data-step="check"][data-status="failed"]').waitFor(PATIENCE);
  await page.waitForURL((url) => url.searchParams.get('generation') === '1', PATIENCE);
  assert.equal(await task('check').getByRole('button', { name: 'Redrive from here…' }).count(), 0);
  await inBothThemes(page);
  await page.getByLabel('Generation').selectOption('2');
  await page.locator('[data-step="check"][data-status="succeeded"]').waitFor(PATIENCE);
});
