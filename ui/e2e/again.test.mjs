// Closed runs of pipelines: their tasks again, and undone; the real program and a real browser.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

/** `load` fails until a file is there; the book says what ran. */
const LOADS = (directory) => `
pipeline: loads
params: {limit: {type: integer, default: 1}}
defaults:
  env: {BOOK: "${directory}/book", GOOD: "${directory}/good", LIMIT: "\${{ params.limit }}"}
tasks:
  extract: {run: 'echo extract >> "$BOOK"'}
  load: {needs: extract, run: 'test -f "$GOOD" || { echo the table is locked >&2; exit 3; }'}
  report: {needs: load, output: text, run: 'echo "report of $LIMIT"'}
outputs: {report: "\${{ needs.report.output }}"}
`;

/** What the last task did cannot be undone until a file is there. */
const ORDER = (directory) => `
pipeline: order
saga: {on: [failure]}
tasks:
  reserve: {noop: true, compensate: {run: "true"}}
  check: {needs: reserve, noop: true}
  charge: {needs: check, noop: true, compensate: {run: "test -f ${directory}/bank", retry: 0}}
`;

let server;
let page;

const go = (run, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(run)}${search}`);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const inDialog = (name) => dialog().getByRole('button', { name, exact: true });
const task = (name, status) => page.locator(`[data-step="${name}"][data-status="${status}"]`).waitFor(PATIENCE);
const head = (text) => page.locator('.run-head .facts').getByText(text, { exact: false }).waitFor(PATIENCE);

async function fill(server) {
  await server.push(LOADS(server.directory));
  await server.push(ORDER(server.directory));
}

const journey = stage((it) => ({ server, page } = it), { fill });

journey('what failed runs again as another generation, then one task with another param', async () => {
  const run = await server.startPipeline('loads', 'again');
  await server.until(run, 'FAILED');
  await go(run);
  await task('load', 'failed');
  writeFileSync(join(server.directory, 'good'), '');
  await button('Redrive…').click();
  assert.equal(await dialog().getByLabel('What failed', { exact: false }).isChecked(), true);
  await inDialog('Redrive').click();
  await task('report', 'succeeded');
  await head('generation 2');
  await head('Succeeded');

  await page.locator('[data-step="report"] button').click();
  await page.getByRole('complementary', { name: 'Task report' }).getByText('Generation').waitFor(PATIENCE);
  await page.keyboard.press('r');
  assert.equal(await dialog().getByLabel('What failed', { exact: false }).isDisabled(), true, 'nothing failed');
  await dialog().getByLabel('Only report').check();
  await dialog().getByText('Change params').click();
  await dialog().getByLabel('limit').fill('seven');
  assert.equal(await inDialog('Redrive').isDisabled(), true, 'it is no number');
  await dialog().getByLabel('limit').fill('7');
  await inBothThemes(page);
  await inDialog('Redrive').click();
  await head('generation 3');
  await head('Succeeded');
  await button('Redrive…').click(PATIENCE);
  assert.equal(await dialog().getByLabel('limit').inputValue(), '7', 'the params are those it ran with last');
  await inDialog('Leave it').click();
  await page.getByRole('tab', { name: 'Input & output' }).click();
  await page.getByRole('tree', { name: 'Output, JSON' }).getByText('report of 7').waitFor(PATIENCE);
  const { items } = await server.rest('GET', `/runs/${encodeURIComponent(run)}/tasks`);
  assert.deepEqual(items.map(({ generation }) => generation ?? 1), [1, 2, 3], 'each ran when it was asked for, and no more');
});

journey('the selected task runs again with all that comes after it, or all tasks do', async () => {
  const run = await server.startPipeline('loads', 'from-here');
  await server.until(run, 'SUCCEEDED');
  await go(run, '?step=load');
  await button('Redrive…').click(PATIENCE);
  await dialog().getByLabel('load, and all that comes after it').check();
  await inDialog('Redrive').click();
  await head('generation 2');
  await head('Succeeded');
  await button('Redrive…').click(PATIENCE);
  await dialog().getByLabel('All tasks').check();
  await inDialog('Redrive').click();
  await head('generation 3');
  await head('Succeeded');
});

journey('a run is undone after the page has said what that undoes, and the rest of it later', async () => {
  const run = await server.startPipeline('order', 'wrong-address');
  await server.until(run, 'SUCCEEDED');
  await go(run);
  await button('Undo…').click(PATIENCE);
  const undone = dialog().getByRole('list', { name: 'What is undone' }).getByRole('listitem');
  assert.deepEqual(await undone.allInnerTexts(), ['charge', 'reserve'], 'what ended last comes first');
  await inBothThemes(page);
  await inDialog('Leave it').click();
  assert.equal(await page.getByText('undone', { exact: false }).count(), 0, 'nothing was asked');
  await button('Undo…').click();
  await inDialog('Undo').click();
  await head('undone in part: not charge');
  await inBothThemes(page);
  writeFileSync(join(server.directory, 'bank'), '');
  await button('Undo…').click(PATIENCE);
  await dialog().getByText('It could not be undone last time: charge.').waitFor(PATIENCE);
  await inDialog('Undo').click();
  await head('what it did was undone');
  await head('Succeeded');
  assert.equal(await button('Undo…').isDisabled(), true, 'nothing is left to undo');
});

journey('a run that is to go on waits for its turn like others, and then does', async () => {
  await server.push(`
pipeline: one-at-a-time
concurrency: {max_runs: 1, overlap: buffer_all}
params: {waits: {type: boolean, default: false}}
tasks:
  only: {if: params.waits, wait: {signal: go}}
`);
  const run = await server.startPipeline('one-at-a-time', 'first');
  await server.until(run, 'SUCCEEDED');
  const second = await server.startPipeline('one-at-a-time', 'second', { waits: true });
  await go(run);
  await button('Redrive…').click(PATIENCE);
  await inDialog('Redrive').click();
  await head('Queued');
  await task('only', 'skipped');
  await inBothThemes(page);
  await server.rest('POST', `/runs/${encodeURIComponent(second)}/signals/go`, {});
  await head('generation 2');
  await head('Succeeded');
});
