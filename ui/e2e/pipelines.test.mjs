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
