// Events by the entries of states, and histories from files; the real program and a real browser.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const SORTED = {
  Read: { Type: 'Pass', Result: [1, 2, 3], Next: 'Each' },
  Each: {
    Type: 'Map',
    ItemProcessor: { StartAt: 'Weigh', States: { Weigh: { Type: 'Pass', Next: 'Pack' }, Pack: { Type: 'Pass', End: true } } },
    Next: 'Stop',
  },
  Stop: { Type: 'Fail', Error: 'Full', Cause: 'the store is full' },
};

async function fill(server) {
  const run = await server.run(await server.create('sorted', SORTED), 'sorted-by-weight');
  await server.until(run, 'FAILED');
  return { run };
}

let server;
let page;
let filled;
const journey = stage((it) => ({ server, page, filled } = it), { fill });

const button = (name) => page.getByRole('button', { name, exact: true });
const table = () => page.getByRole('table', { name: 'Events' });
const steps = () => table().locator('.table-body [role=cell]:nth-child(3) .row-link').allInnerTexts();
const text = (words) => page.getByText(words, { exact: true }).first().waitFor(PATIENCE);
const choose = (path) => page.locator('input[type=file]').setInputFiles(path);

journey('events stand in one row for each entry of a state, and what is inside is unfolded', async () => {
  await page.goto(`${server.url}/runs/${encodeURIComponent(filled.run)}?tab=events`);
  await button('Compact').click();
  await table().getByRole('button', { name: 'Stop' }).waitFor(PATIENCE);
  assert.deepEqual(await steps(), ['Read', 'Each', 'Stop']);
  await table().getByRole('button', { name: 'Open Each' }).click();
  await table().getByRole('button', { name: 'Close Each' }).waitFor(PATIENCE);
  assert.equal((await steps()).length, 9, 'three iterations of two states');
  await table().getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('complementary', { name: /^Event/ }).getByText('FailStateEntered').waitFor(PATIENCE);
  await inBothThemes(page);
  await page.getByLabel('Filter').fill('weigh');
  await table().getByRole('button', { name: 'Read' }).waitFor({ state: 'detached', ...PATIENCE });
  await page.getByLabel('Filter').fill('');
  await page.getByRole('group', { name: 'Show the steps as' }).getByRole('button', { name: 'JSON' }).click();
  await page.getByRole('region', { name: 'Events', exact: true }).getByRole('searchbox', { name: 'Search' }).fill('MapStateStarted');
  await page.getByRole('tree', { name: 'Events, JSON' }).getByText('"MapStateStarted"').waitFor(PATIENCE);
  assert.match(page.url(), /rows=json/);
});

journey('a history that was kept as a file is looked at, and nothing of it is sent', async () => {
  await page.goto(`${server.url}/runs/${encodeURIComponent(filled.run)}?tab=events`);
  const download = page.waitForEvent('download', PATIENCE);
  await button('Download').click();
  const path = join(server.directory, 'kept.json');
  await (await download).saveAs(path);
  await page.goto(`${server.url}/runs`);
  await page.getByRole('link', { name: 'History from a file' }).click();
  await text('Drop a history here');
  await inBothThemes(page);
  const sent = [];
  page.on('request', (request) => sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`));
  await choose(path);
  await table().getByRole('button', { name: 'Stop' }).waitFor(PATIENCE);
  assert.deepEqual(await steps(), ['Read', 'Each', 'Stop']);
  await text('Failed');
  await text(`${JSON.parse(readFileSync(path, 'utf8')).events.length} events`);
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('img', { name: /^Weigh: / }).waitFor(PATIENCE);
  await inBothThemes(page);
  assert.deepEqual(sent.filter((request) => !request.startsWith('GET ') || request.includes('sorted') || request.includes('figures')), []);
});

journey('what the AWS CLI prints is looked at as well, and what is no history is refused', async () => {
  const path = join(server.directory, 'aws.json');
  const at = '2026-01-31T12:00:00.250000+00:00';
  const events = [
    { timestamp: at, type: 'ExecutionSucceeded', id: 5, previousEventId: 4, executionSucceededEventDetails: { output: '{}' } },
    { timestamp: at, type: 'TaskStateExited', id: 4, previousEventId: 3, stateExitedEventDetails: { name: 'Call', output: '{}' } },
    { timestamp: at, type: 'TaskScheduled', id: 3, previousEventId: 2, taskScheduledEventDetails: { resourceType: 'lambda' } },
    { timestamp: at, type: 'TaskStateEntered', id: 2, previousEventId: 0, stateEnteredEventDetails: { name: 'Call', input: '{"order": 17}' } },
    { timestamp: at, type: 'ExecutionStarted', id: 1, previousEventId: 0, executionStartedEventDetails: { input: '{}' } },
  ];
  writeFileSync(path, JSON.stringify({ events }));
  await page.goto(`${server.url}/history`);
  await choose(path);
  await table().getByRole('button', { name: 'Call' }).click(PATIENCE);
  await page.getByRole('tree', { name: 'input, JSON' }).getByText('"order": 17').waitFor(PATIENCE);
  await text('Succeeded');
  writeFileSync(path, '{"Comment": "a definition"}');
  await choose(path);
  await page.getByRole('alert').getByText('There is no list “events” in it.', { exact: false }).waitFor(PATIENCE);
  await inBothThemes(page);
  assert.deepEqual(await steps(), ['Call'], 'what was shown before stays');
});
