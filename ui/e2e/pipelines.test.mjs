// Pipelines in their own pages, from the outside: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

/** More than are asked for at once, twice over. */
const RUNS = 110;
/** Most columns of a grid that are drawn in a narrow window. */
const COLUMNS_MAX = 75;

let server;
let page;

const CLOCK = 'pipeline: clock\non: {schedule: {cron: "0 6 * * *", timezone: Europe/Lisbon}}\ntasks:\n  tick: {run: echo tick}\n';
const OTHER = CLOCK.replace('pipeline: clock', 'pipeline: other');
const dialog = () => page.getByRole('dialog');

const journey = stage((it) => ({ server, page } = it), { fill: (it) => it.push(CLOCK).then(() => it.push(OTHER)) });

journey('the calendar of a pipeline has its own ticks alone, by month, week or day', async () => {
  await page.goto(`${server.url}/pipelines/clock`);
  await page.getByRole('tab', { name: 'Calendar' }).click(PATIENCE);
  await page.getByRole('link', { name: /clock schedule: to come/ }).first().waitFor(PATIENCE);
  assert.equal(await page.getByRole('link', { name: /other schedule: to come/ }).count(), 0);
  await inBothThemes(page);
  await page.getByText('Week', { exact: true }).click();
  await page.waitForURL(/period=week/, PATIENCE);
  await page.reload();
  await page.getByRole('link', { name: /clock schedule: to come/ }).first().waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Later' }).click();
  await page.waitForURL(/date=\d{4}-/, PATIENCE);
});

journey('a new pipeline begins on the page of pipelines, with a text that runs', async () => {
  await page.goto(`${server.url}/pipelines`);
  await page.getByRole('button', { name: 'New pipeline…' }).click(PATIENCE);
  await dialog().getByLabel('Name').fill('brand-new');
  await dialog().getByRole('button', { name: 'Create', exact: true }).click();
  await page.locator('.board [data-step="publish"]').waitFor(PATIENCE);
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Publish…' }).click();
  await dialog().getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByRole('table', { name: 'Versions' }).waitFor(PATIENCE);
});

const CHAIN = `
pipeline: chain
params: {fails: {type: boolean, default: true}}
tasks:
  extract: {run: echo extract}
  load: {needs: extract, run: "test \${{ params.fails }} = false"}
  report: {needs: load, run: echo report}
`;
const cell = (task, run, status) => page.getByRole('button', { name: `${task} in ${run}: ${status}` });
const chosen = () => page.getByRole('region', { name: 'Chosen tasks' });

async function failedRuns(...names) {
  await server.push(CHAIN);
  for (const name of names) await server.until(await server.startPipeline('chain', name), 'FAILED');
}

journey('many tasks of the grid are chosen by mouse or keys, shown with what follows from them, and marked', async () => {
  await failedRuns('first', 'second');
  await page.goto(`${server.url}/pipelines/chain`);
  await cell('load', 'first', 'Failed').click(PATIENCE);
  await page.getByRole('complementary', { name: 'load in first' }).waitFor(PATIENCE);
  await cell('report', 'second', 'Upstream failed').click({ modifiers: ['Shift'] });
  await chosen().getByText('4 tasks in 2 runs').waitFor(PATIENCE);
  await cell('report', 'second', 'Upstream failed').click({ modifiers: ['Control'] });
  await chosen().getByText('3 tasks in 2 runs').waitFor(PATIENCE);
  await inBothThemes(page);
  await page.keyboard.press('Escape');
  await chosen().waitFor({ state: 'detached', ...PATIENCE });
  // The same by keys alone.
  await cell('load', 'first', 'Failed').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Shift+ArrowRight');
  await chosen().getByText('2 tasks in 2 runs').waitFor(PATIENCE);
  assert.equal(await cell('load', 'second', 'Failed').getAttribute('aria-pressed'), 'true');
  await chosen().getByRole('button', { name: 'Mark…' }).click();
  const plan = dialog().getByRole('region', { name: 'What becomes of each task' });
  await plan.getByText('2 tasks can be changed · 2 more follow').waitFor(PATIENCE);
  assert.equal(await plan.getByText('Follows from it: report').count(), 2);
  await dialog().getByText('As a command').click();
  await dialog().getByText(/pipelines\/chain\/grid\/mark/).waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Mark 2 tasks' }).click();
  await dialog().getByText('2 tasks done · 2 more follow').waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Close', exact: true }).last().click();
  await cell('report', 'first', 'Succeeded').waitFor(PATIENCE);
  await cell('report', 'second', 'Succeeded').waitFor(PATIENCE);
});

journey('tasks of the grid run again, and one that is refused says why beside those that are done', async () => {
  await failedRuns('third');
  const waits = 'pipeline: waits\ntasks:\n  quick: {noop: true}\n  wait: {needs: quick, wait: {signal: go}}\n';
  await server.push(waits);
  const closed = await server.startPipeline('waits', 'closed');
  await server.rest('POST', `/runs/${encodeURIComponent(closed)}/signals/go`, {});
  await server.until(closed, 'SUCCEEDED');
  await server.startPipeline('waits', 'open');
  await page.goto(`${server.url}/pipelines/waits`);
  await cell('quick', 'closed', 'Succeeded').click(PATIENCE);
  await cell('quick', 'open', 'Succeeded').click({ modifiers: ['Control'] });
  await chosen().getByRole('button', { name: 'Redrive…' }).click();
  await dialog().getByText('1 task can be changed · 1 refused').waitFor(PATIENCE);
  await dialog().getByText('The run is under way: wait for its end, or stop it first').waitFor(PATIENCE);
  await dialog().getByLabel('these, and all that comes after them').check();
  await dialog().getByText('Follows from it: wait').waitFor(PATIENCE);
  await dialog().getByRole('button', { name: 'Redrive 1 task' }).click();
  await dialog().getByText('1 task done · 1 refused · 1 more follows').waitFor(PATIENCE);
  await dialog().getByText('generation 2').waitFor(PATIENCE);
});

journey('the legend of the grid leaves the tasks of one state, and the address keeps that', async () => {
  await failedRuns('legend');
  await page.goto(`${server.url}/pipelines/chain`);
  const task = (name) => page.getByRole('cell', { name, exact: true });
  await task('extract').waitFor(PATIENCE);
  const legend = page.getByRole('group', { name: 'Tasks by state' });
  await legend.getByRole('button', { name: 'Upstream failed' }).click();
  await task('extract').waitFor({ state: 'detached', ...PATIENCE });
  await task('report').waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('only'), 'upstream_failed');
  await inBothThemes(page);
  await page.reload();
  await task('report').waitFor(PATIENCE);
  assert.equal(await task('extract').count(), 0);
  await legend.getByRole('button', { name: 'all' }).click();
  await task('extract').waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.has('only'), false);
});

journey('the cell that is looked at is in the address, shown as its run shows it, and left by Escape', async () => {
  await failedRuns('looked-at');
  await page.goto(`${server.url}/pipelines/chain`);
  await cell('extract', 'looked-at', 'Succeeded').click(PATIENCE);
  const inspector = page.getByRole('complementary', { name: 'extract in looked-at' });
  await inspector.getByRole('link', { name: 'Its log' }).waitFor(PATIENCE);
  await inspector.getByRole('button', { name: 'Mark…' }).waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('cell'), 'extract looked-at');
  await inBothThemes(page);
  await page.reload();
  await inspector.getByText('echo extract').waitFor(PATIENCE);
  assert.equal(await cell('extract', 'looked-at', 'Succeeded').getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('Escape');
  await inspector.waitFor({ state: 'detached', ...PATIENCE });
  assert.equal(new URL(page.url()).searchParams.has('cell'), false);
});

journey('groups of the grid are folded, which the address keeps', async () => {
  await server.push('pipeline: grouped\ntasks:\n  extract: {noop: true}\n  quality:\n    needs: extract\n    tasks: {rows: {noop: true}, sums: {needs: rows, noop: true}}\n');
  await server.until(await server.startPipeline('grouped', 'one'), 'SUCCEEDED');
  await page.goto(`${server.url}/pipelines/grouped`);
  await cell('quality.rows', 'one', 'Succeeded').waitFor(PATIENCE);
  const group = page.getByRole('button', { name: 'Group quality' });
  assert.equal(await group.getAttribute('aria-expanded'), 'true');
  await inBothThemes(page);
  await group.click();
  await cell('quality.rows', 'one', 'Succeeded').waitFor({ state: 'detached', ...PATIENCE });
  await page.reload();
  await cell('extract', 'one', 'Succeeded').waitFor(PATIENCE);
  assert.equal(await cell('quality.rows', 'one', 'Succeeded').count(), 0);
  assert.equal(await group.getAttribute('aria-expanded'), 'false');
  await group.click();
  await cell('quality.sums', 'one', 'Succeeded').waitFor(PATIENCE);
});

journey('the versions that are compared are in the address', async () => {
  await server.push('pipeline: three\ntasks: {one: {noop: true}}\n');
  await server.push('pipeline: three\ntasks: {one: {noop: true}, two: {noop: true}}\n');
  await server.push('pipeline: three\ntasks: {one: {noop: true}, two: {noop: true}, late: {noop: true}}\n');
  await page.goto(`${server.url}/pipelines/three?tab=versions`);
  const compare = page.getByRole('region', { name: 'Compare versions' });
  await compare.getByLabel('from').selectOption('1', PATIENCE);
  await compare.getByText(/late, two|two, late/).waitFor(PATIENCE);
  assert.match(new URL(page.url()).searchParams.get('from'), /^"?1"?$/);
  await page.reload();
  await compare.getByText(/late, two|two, late/).waitFor(PATIENCE);
});

journey('a grid of many runs has few cells, begins at the newest, and goes back to the first', async () => {
  await server.push('pipeline: often\ntasks:\n  one: {noop: true}\n  two: {noop: true}\n');
  const runs = [];
  for (let at = 0; at < RUNS; at += 1) runs.push(await server.startPipeline('often', `run-${at}`));
  for (const run of runs) await server.until(run, 'SUCCEEDED');
  await page.setViewportSize({ width: 1000, height: 700 });
  await page.goto(`${server.url}/pipelines/often`);
  const table = page.getByRole('table', { name: 'Tasks by runs' });
  const isInSight = (name) => table.evaluate((element, name) => {
    const cell = element.querySelector(`[aria-label^="one in ${name}:"]`)?.getBoundingClientRect();
    const names = element.querySelector('.row:not(.head) > :first-child').getBoundingClientRect();
    const { left, right } = element.getBoundingClientRect();
    return cell !== undefined && cell.right <= right && cell.left >= Math.max(left, names.right);
  }, name);
  await cell('one', `run-${RUNS - 1}`, 'Succeeded').waitFor(PATIENCE);
  assert.ok(await isInSight(`run-${RUNS - 1}`), 'the newest is seen first');
  // Heads stand above their cells, wherever the grid is.
  const shift = () => table.evaluate((element) => {
    const at = (row) => [...row.children].map((child) => child.firstElementChild?.getBoundingClientRect().left ?? 0).slice(1);
    const [head, first] = element.querySelectorAll('.row');
    return Math.max(...at(head).map((left, index) => Math.abs(left - at(first)[index])));
  });
  const most = async () => assert.ok((await table.locator('.cell').count()) <= 2 * COLUMNS_MAX);
  for (let at = 0; at < 8 && !(await isInSight('run-0')); at += 1) {
    await table.evaluate((element) => element.scrollTo({ left: 0 }));
    await page.waitForLoadState('networkidle');
    assert.equal(await shift(), 0);
    await most();
  }
  await page.waitForFunction(() => document.querySelector('[aria-label^="one in run-0:"]'), null, PATIENCE);
  await table.evaluate((element) => element.scrollTo({ left: 0 }));
  assert.ok(await isInSight('run-0'));
  assert.equal(await table.getAttribute('aria-colcount'), String(RUNS + 1));
  await inBothThemes(page);
});

journey('a backfill tells each run before it begins, and has a cell for each afterwards', async () => {
  await page.goto(`${server.url}/pipelines/clock?tab=backfills`);
  await page.getByRole('button', { name: 'Backfill…' }).click(PATIENCE);
  const fill = async (order) => {
    await dialog().locator('[name=from]').fill('2026-01-01');
    await dialog().locator('[name=to]').fill('2026-01-04');
    await dialog().locator('[name=order]').selectOption(order);
    await dialog().getByRole('button', { name: 'Preview' }).click();
  };
  await fill('the earliest first');
  await dialog().getByText('Nothing has been started yet.').waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Begin with 3' }).click();
  await page.waitForURL(/backfill=b-/, PATIENCE);
  const strip = page.getByRole('list', { name: 'Its runs' });
  await strip.getByRole('link', { name: /Succeeded/ }).nth(2).waitFor(PATIENCE);
  await inBothThemes(page);
  await strip.getByRole('link').first().focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await strip.getByRole('link').nth(1).evaluate((it) => it === document.activeElement), true);
  await page.getByRole('link', { name: '← All backfills' }).click();
  await page.getByRole('table', { name: 'Backfills' }).getByText('3 well').waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Backfill…' }).click();
  await fill('the latest first');
  const lines = dialog().getByRole('list', { name: 'Runs that would be made' }).getByRole('listitem');
  await lines.first().getByText('Succeeded').waitFor(PATIENCE);
  await lines.first().getByText('has a run, stays as it is').waitFor(PATIENCE);
  await dialog().getByText('the latest first').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
});

journey("schedules are told in the reader's language, and their next times in both zones", async () => {
  await page.goto(`${server.url}/schedules`);
  await page.getByRole('row').filter({ hasText: 'at 06:00 every day (Europe/Lisbon)' }).getByRole('button', { name: /clock/ }).click(PATIENCE);
  const inspector = page.getByRole('complementary', { name: 'Schedule clock schedule' });
  const times = inspector.locator('.next-ticks');
  await times.getByText('Europe/Lisbon', { exact: true }).waitFor(PATIENCE);
  const told = await times.locator('time').first().innerText();
  const here = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  assert.match(told, /06:00 GMT/);
  await times.getByText(here, { exact: true }).waitFor(PATIENCE);
  await inBothThemes(page);
  await page.evaluate(() => localStorage.setItem('compasso.language', 'es'));
  await page.goto(`${server.url}/pipelines/clock?tab=triggers`);
  await page.getByText('a las 06:00 todos los días (Europe/Lisbon)', { exact: true }).waitFor(PATIENCE);
  await page.getByRole('link', { name: /a las 06:00 todos los días .* · la próxima en/ }).waitFor(PATIENCE);
});
