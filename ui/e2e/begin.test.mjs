// How runs are begun and what is told of their beginning: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;
let machine;
let talk;

const STATES = { First: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Pass', End: true } };
const dialog = () => page.getByRole('dialog');
const paramOf = (name) => new URL(page.url()).searchParams.get(name);

async function fill(it) {
  const id = await it.create('greeting', STATES);
  const draft = await it.rest('POST', '/drafts', { of: id });
  await it.rest('POST', `/drafts/${draft.id}/publish`, { saves: draft.saves, message: 'The first' });
  await it.until(await it.run(id, 'before', { name: 'Ada' }), 'SUCCEEDED');
  await it.push(`
pipeline: asked
params: {limit: {type: integer, default: 3}, note: {type: string, required: true}}
tasks: {only: {noop: true}}
`);
  await it.until(await it.startPipeline('asked', 'earlier', { limit: 7, note: 'as before' }), 'SUCCEEDED');
  await it.push(`
pipeline: talkative
tasks: {talk: {run: 'echo good; echo bad >&2'}}
`);
  const talk = await it.startPipeline('talkative', 'one');
  await it.until(talk, 'SUCCEEDED');
  return { machine: id, talk };
}

const journey = stage((it) => ({ server, page, filled: { machine, talk } } = it), { fill });

journey('a version is started with the input of the latest run, and the run tells which', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(machine)}`);
  await page.getByRole('button', { name: 'Start run…' }).first().click(PATIENCE);
  await dialog().getByRole('button', { name: 'Input of the latest run' }).click(PATIENCE);
  const input = dialog().getByLabel('Input, JSON');
  await input.and(page.locator('textarea')).filter({ hasText: 'Ada' }).waitFor(PATIENCE);
  await dialog().getByLabel('Version').selectOption({ label: 'Version 1' });
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('.run-head .facts').getByText('version 1', { exact: true }).waitFor(PATIENCE);
});

journey('every tab of a page has a number', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(machine)}`);
  await page.getByRole('tab', { name: 'Runs', selected: true }).waitFor(PATIENCE);
  await page.keyboard.press('3');
  await page.getByRole('tab', { name: 'Versions', selected: true }).waitFor(PATIENCE);
  assert.equal(paramOf('tab'), 'versions');
});

journey('a step in a list is opened from the keyboard', async () => {
  await page.goto(`${server.url}/runs?show=steps&step=Second`);
  await page.getByRole('link', { name: 'Second' }).first().waitFor(PATIENCE);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname.startsWith('/runs/') && url.searchParams.get('step') === 'Second', PATIENCE);
});

journey('a run of a pipeline tells what started it', async () => {
  await page.goto(`${server.url}/runs/${encodeURIComponent(talk)}`);
  const facts = page.locator('.run-head .facts');
  await facts.getByText('version 1', { exact: true }).waitFor(PATIENCE);
  await facts.getByText('by hand', { exact: true }).waitFor(PATIENCE);
});

journey('what is searched for in a log stands in the address', async () => {
  await page.goto(`${server.url}/runs/${encodeURIComponent(talk)}?tab=logs`);
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText('bad', { exact: true }).waitFor(PATIENCE);
  await page.getByLabel('Lines').and(page.locator('select')).selectOption({ label: 'Output' });
  await lines.getByText('bad', { exact: true }).waitFor({ state: 'detached', ...PATIENCE });
  await page.getByLabel('Search').fill('good');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('log') === 'good' && url.searchParams.get('stream') === 'stdout', PATIENCE);
  await page.reload();
  await lines.getByText('good', { exact: true }).waitFor(PATIENCE);
  assert.equal(await page.getByLabel('Search').inputValue(), 'good');
});

journey('the input of an earlier run is taken, changed in a form, and is the same as JSON', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(machine)}`);
  await page.getByRole('button', { name: 'Start run…' }).first().click(PATIENCE);
  await dialog().getByLabel('Input of an earlier run').selectOption({ label: await dialog().getByRole('option', { name: /^before · / }).innerText() }, PATIENCE);
  const json = dialog().getByLabel('Input, JSON');
  await json.and(page.locator('textarea')).filter({ hasText: 'Ada' }).waitFor(PATIENCE);
  await dialog().getByRole('button', { name: 'Form', exact: true }).click();
  const name = dialog().getByLabel('name', { exact: true });
  assert.equal(await name.inputValue(), 'Ada');
  await name.fill('Grace "H"');
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'JSON', exact: true }).click();
  assert.deepEqual(JSON.parse(await json.inputValue()), { name: 'Grace "H"' });
  await json.fill('{"name": "Lin", "times": 2}');
  await dialog().getByRole('button', { name: 'Form', exact: true }).click();
  const start = dialog().getByRole('button', { name: 'Start', exact: true });
  await dialog().getByLabel('times').fill('2x');
  await dialog().getByText('It is no number.').waitFor(PATIENCE);
  assert.equal(await start.isDisabled(), true);
  await dialog().getByLabel('times').fill('5');
  await start.click();
  await page.locator('.run-head').waitFor(PATIENCE);
  const { run } = await server.rest('GET', `/runs/${page.url().split('/runs/')[1].split('?')[0]}`);
  assert.deepEqual(JSON.parse(run.input), { name: 'Lin', times: 5 });
});

journey('the params of a pipeline are a form and JSON, filled from an earlier run', async () => {
  await page.goto(`${server.url}/pipelines/asked`);
  await page.getByRole('button', { name: 'Start run…' }).click(PATIENCE);
  await dialog().getByLabel('Input of an earlier run').selectOption({ label: await dialog().getByRole('option', { name: /^earlier · / }).innerText() }, PATIENCE);
  const note = dialog().getByLabel('note');
  await page.waitForFunction(() => [...document.querySelectorAll('dialog input')].some(({ value }) => value === 'as before'), null, PATIENCE);
  await note.fill('another');
  await dialog().getByRole('button', { name: 'JSON', exact: true }).click();
  const json = dialog().getByLabel('Input, JSON');
  assert.deepEqual(JSON.parse(await json.inputValue()), { limit: 7, note: 'another' });
  await json.fill('{"limit": 8, "nobody": 1}');
  await dialog().getByText('There is no param “nobody”.').waitFor(PATIENCE);
  const start = dialog().getByRole('button', { name: 'Start', exact: true });
  assert.equal(await start.isDisabled(), true);
  await json.fill('{"limit": 8, "note": "by hand"}');
  await dialog().getByRole('button', { name: 'Form', exact: true }).click();
  assert.equal(await note.inputValue(), 'by hand');
  await inBothThemes(page);
  await start.click();
  await page.locator('.run-head').waitFor(PATIENCE);
});
