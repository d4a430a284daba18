// Labels of runs: given to a start, and kept by a run that runs it again; the real program and a browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

async function fill(server) {
  await server.create('labelled', { Done: { Type: 'Succeed' } });
  await server.push('pipeline: tagged\nlabels: {team: data}\ntasks: {rest: {noop: true}}\n');
}

let server;
let page;
const journey = stage((it) => ({ server, page } = it), { fill });

const dialog = () => page.getByRole('dialog');
const labels = () => dialog().getByLabel('Labels');
const press = (name) => dialog().getByRole('button', { name, exact: true }).click();
const command = (text) => dialog().getByText(text).waitFor(PATIENCE);
const named = (name) => page.getByRole('heading', { name, exact: true }).waitFor(PATIENCE);
const found = async (q) => (await server.rest('GET', `/runs?q=${encodeURIComponent(q)}`)).items.map(({ name }) => name).toSorted();

journey('a run of a state machine is started with labels, and what runs it again has them', async () => {
  await page.goto(`${server.url}/runs`);
  await page.getByRole('button', { name: 'Start run…' }).first().click(PATIENCE);
  await dialog().getByLabel('Name').fill('first');
  await labels().fill('ticket=T-1\nno label');
  await command('“no label” is no label');
  await press('Start');
  await labels().waitFor(PATIENCE);
  assert.deepEqual(await found('name = first'), [], 'what is no label is not sent');
  await labels().fill('ticket=T-1\nteam=data science');
  await dialog().getByText('As a command').click();
  await command(/--label ticket=T-1 --label 'team=data science'/);
  await command('AWS knows no labels of executions');
  await inBothThemes(page);
  await press('Start');
  await named('first');
  await page.getByRole('button', { name: 'Start again…' }).click(PATIENCE);
  assert.equal(await labels().inputValue(), 'team=data science\nticket=T-1');
  await dialog().getByLabel('Name').fill('second');
  await labels().fill('ticket=T-2');
  await press('Start');
  await named('second');
  assert.deepEqual(await found("labels.ticket = T-1"), ['first']);
  assert.deepEqual(await found("labels.ticket = T-2"), ['second']);
});

journey('a run of a pipeline is started with labels beside those of its version', async () => {
  await page.goto(`${server.url}/pipelines/tagged`);
  await page.getByRole('button', { name: 'Start run…' }).first().click(PATIENCE);
  await dialog().getByLabel('Name').fill('third');
  await labels().fill('ticket=T-3');
  await dialog().getByText('As a command').click();
  await command(/compasso start tagged .*--label ticket=T-3/);
  await press('Start');
  await named('third');
  await page.getByRole('link', { name: 'ticket=T-3' }).click(PATIENCE);
  await page.getByRole('link', { name: 'third' }).waitFor(PATIENCE);
  assert.deepEqual(await found('labels.ticket = T-3 and labels.team = data'), ['third']);
});
