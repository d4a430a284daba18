// Pipelines in their own pages, from the outside: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

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
