// A draft that is run as far as one of its steps, and published under an alias: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;
let machine;

const STATES = {
  Add: { Type: 'Pass', Parameters: { 'n.$': '$.n', seen: true }, Next: 'Never' },
  Never: { Type: 'Fail', Error: 'Ran' },
};
const SHOP = `pipeline: shop
params: {day: {type: string, default: today}}
tasks:
  fetch: {run: 'echo "{\\"n\\": 3}"', output: json}
  count: {needs: fetch, run: 'echo "[\${{ needs.fetch.output.n }}]"', output: json}
  never: {needs: count, run: exit 1}
`;

const button = (name) => page.getByRole('button', { name, exact: true });
const face = (name) => page.locator(`.board [data-step="${name}"] .step-face`);
const tree = (name) => page.locator('.drawer').getByRole('tree', { name: `${name}, JSON` });

async function fill(it) {
  const id = await it.create('flow', STATES);
  await it.push(SHOP);
  const draft = await it.rest('POST', '/drafts', { of: id });
  const { saves } = await it.rest('PUT', `/drafts/${draft.id}`, { text: draft.text.replace('true', 'false'), saves: draft.saves });
  await it.rest('POST', `/drafts/${draft.id}/publish`, { saves });
  await it.rest('PUT', `/workflows/${encodeURIComponent(id)}/aliases/live`, { routes: [{ version: 1, weight: 100 }], description: 'what shops start' });
  return id;
}

const journey = stage((it) => ({ server, page, filled: machine } = it), { fill });

async function openStudio(address, step, tab) {
  await page.goto(`${server.url}${address}`);
  await button('Open in Studio').click(PATIENCE);
  await face(step).click(PATIENCE);
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await page.getByRole('tab', { name: tab }).click();
}

journey('a draft is run up to a state, which shows what it got and gave; what comes after does not run', async () => {
  await openStudio(`/workflows/${encodeURIComponent(machine)}`, 'Add', 'Test up to here');
  await page.getByLabel('Input, JSON').fill('{"n": 7}');
  await button('Run up to Add').click();
  await tree('Input').getByText('"n": 7').waitFor(PATIENCE);
  await tree('Output').getByText('"seen": false').waitFor(PATIENCE);
  await page.locator('.drawer').getByText('Succeeded', { exact: true }).waitFor(PATIENCE);
  await inBothThemes(page);
});

journey('a draft of a pipeline is run up to a task, with what it was sent', async () => {
  await openStudio('/pipelines/shop', 'count', 'Test up to here');
  await button('Run up to count').click();
  await tree('Params').getByText('"day": "today"').waitFor(PATIENCE);
  await tree('Output of fetch').getByText('"n": 3').waitFor(PATIENCE);
  await tree('What its task is sent').getByText('steps').waitFor(PATIENCE);
  await page.locator('.drawer').getByText('Succeeded', { exact: true }).waitFor(PATIENCE);
  await page.locator('.drawer').getByRole('link', { name: /^draft-/ }).waitFor(PATIENCE);
});

journey('a task is tested on its own, with what the tasks before it gave in a run', async () => {
  const run = await server.startPipeline('shop', 'tested');
  await server.until(run, 'FAILED');
  await page.goto(`${server.url}/runs/${encodeURIComponent(run)}?step=count`);
  await button('Test step').click(PATIENCE);
  await page.getByRole('tab', { name: 'Test step', selected: true }).waitFor(PATIENCE);
  await page.waitForFunction(() => document.querySelector('textarea[name=needs]')?.value.includes('"n": 3'), null, PATIENCE);
  await button('Test count').click(PATIENCE);
  await page.locator('.drawer').getByText('its work is wanted').waitFor(PATIENCE);
  await tree('What its task is sent').getByText('steps').waitFor(PATIENCE);
  await page.locator('.drawer').getByText('then never').waitFor(PATIENCE);
  await page.getByRole('combobox', { name: 'Its task' }).selectOption('gives a result');
  await page.locator('.drawer [name=result]').fill('{"output": [4]}');
  await button('Test count').click();
  await tree('Output').getByText('output').first().waitFor(PATIENCE);
  await page.getByLabel('How the tasks before it ended').fill('{"fetch": {"error": {"name": "Lost"}}}');
  await button('Test count').click();
  await page.locator('.drawer').getByText('Upstream failed', { exact: true }).waitFor(PATIENCE);
  const stands = await page.getByRole('combobox', { name: 'Its task' }).locator('option').allInnerTexts();
  assert.equal(stands.includes('gives a result'), true);
  assert.equal(stands.includes('is really run'), false, 'a script is not run in a test');
  await inBothThemes(page);
});

journey('the data flow of a task shows what it had in a run', async () => {
  const run = await server.startPipeline('shop', 'failed');
  await server.until(run, 'FAILED');
  await openStudio('/pipelines/shop', 'count', 'Data flow');
  await page.getByLabel('With the data of').selectOption(run);
  await tree('Output of fetch').getByText('"n": 3').waitFor(PATIENCE);
  await face('never').click();
  await page.locator('.drawer .problem-code').waitFor(PATIENCE);
  await page.setViewportSize({ width: 360, height: 740 });
  const chosen = await page.getByLabel('With the data of').boundingBox();
  const trace = await page.locator('.flow > .trace').boundingBox();
  assert.ok(trace.y >= chosen.y + chosen.height, 'a narrow page has what flows below what is chosen');
});

journey('what is published takes a share of the starts of an alias', async () => {
  await openStudio(`/workflows/${encodeURIComponent(machine)}`, 'Add', 'Problems 0');
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('\n');
  await button('Publish…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Lead an alias to it').fill('live');
  await dialog.getByLabel('Share of the new version').fill('20');
  await dialog.getByText('20 % start the new version, 80 % version 1').waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByRole('tab', { name: 'Versions', selected: true }).waitFor(PATIENCE);
  const { aliases } = await server.rest('GET', `/workflows/${encodeURIComponent(machine)}`);
  assert.deepEqual(aliases, [{ name: 'live', description: 'what shops start', routes: [{ version: 1, weight: 80 }, { version: 2, weight: 20 }] }]);
});
