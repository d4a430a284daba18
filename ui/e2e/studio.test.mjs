// What people write in Studio, from the outside: the real program and a real browser.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { REPORT } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';
import { order, PROCESS } from './workflows.mjs';

let server;
let browser;
let page;
let machine;
let flow;

const button = (name) => page.getByRole('button', { name, exact: true });
const step = (name) => page.locator(`.board [data-step="${name}"]`);
const face = (name) => step(name).locator('.step-face');
const inDialog = (name) => page.getByRole('dialog').getByRole('button', { name, exact: true });
const saved = () => page.locator('.facts').getByText(/^saved/).waitFor(PATIENCE);
const problem = (text) => page.locator('.problem-list').getByText(text).first();
const drafts = async () => (await server.rest('GET', '/drafts')).items;
const textOf = async (id) => (await server.rest('GET', `/drafts/${id}`)).text;

async function openStudio(address) {
  await page.goto(`${server.url}${address}`);
  await button('Open in Studio').click();
  await page.locator('.cm-content').waitFor(PATIENCE);
  await page.locator('.board [data-step]').first().waitFor(PATIENCE);
}

/** Selects a piece of the text by the search of the editor, and writes another in its place. */
async function rewrite(before, after) {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+f');
  await page.locator('.cm-search input[name=search]').fill('');
  await page.keyboard.type(before);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.insertText(after);
}

const FLOW = {
  Begin: { Type: 'Pass', InputPath: '$.order', Next: 'Call' },
  Call: { Type: 'Task', Resource: PROCESS, Parameters: { Command: ['echo', '12'] }, ResultSelector: { 'got.$': '$', seen: true }, End: true },
};

async function fill(server) {
  await server.push(REPORT);
  flow = await server.create('flow', FLOW);
  await server.until(await server.run(flow, 'first', { order: { id: 7 } }), 'SUCCEEDED');
  return server.create('order', order(server.directory));
}

const journey = stage((it) => ({ server, browser, page, filled: machine } = it), { fill, timeout: 240_000 });

journey('a text that is broken leaves the graph as it was, and one that is mended is published', async () => {
  await openStudio(`/workflows/${encodeURIComponent(machine)}`);
  assert.equal(await button('Publish…').isDisabled(), true, 'nothing differs yet');
  await rewrite('"Default": "Reserve"', '"Default": ');
  await page.getByText('this is the last valid version').waitFor(PATIENCE);
  await step('Reserve').waitFor(PATIENCE);
  await problem(/JSON/).waitFor(PATIENCE);
  assert.equal(await button('Add a step a').isDisabled(), true);
  await rewrite('"Default": ', '"Default": "Reserv"');
  await page.getByText('this is the last valid version').waitFor({ state: 'detached', ...PATIENCE });
  await problem("Missing 'Next' target: Reserv").waitFor(PATIENCE);
  await step('Is it large?').locator('.step-problems').waitFor(PATIENCE);
  await button('Publish…').click();
  assert.equal(await inDialog('Publish').isDisabled(), true);
  await page.keyboard.press('Escape');
  await page.locator('.problem-list').getByRole('button', { name: 'Change to Reserve' }).click();
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await rewrite('"Seconds": 1', '"Seconds": 2');
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await button('Publish…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/\+\s+"Seconds": 2/).waitFor(PATIENCE);
  await dialog.locator('[data-step="Ask for approval"][data-mark="changed"]').waitFor(PATIENCE);
  await dialog.getByLabel('What is new').fill('Waits twice as long');
  await inDialog('Publish').click();
  await page.getByText('Waits twice as long').first().waitFor(PATIENCE);
  assert.match(page.url(), /\/workflows\/.*tab=versions/);
  assert.deepEqual(await drafts(), []);
});

journey('steps are added, renamed and deleted on the canvas, and each is undone at once', async () => {
  await openStudio('/pipelines/nightly-report');
  await face('check').click();
  await page.keyboard.press('a');
  await page.getByRole('dialog').getByRole('button', { name: /^noop/ }).click();
  await face('noop').waitFor(PATIENCE);
  const form = page.getByRole('region', { name: 'Step noop' });
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('gate');
  await page.keyboard.press('Enter');
  await face('gate').waitFor(PATIENCE);
  await page.getByRole('region', { name: 'Step gate' }).getByLabel('extract').check();
  await saved();
  const [draft] = await drafts();
  assert.match(await textOf(draft.id), /\n {2}gate:\n {4}needs: \[check, extract\]\n {4}noop: true\n/);
  await face('gate').click();
  await page.keyboard.press('Delete');
  await face('gate').waitFor({ state: 'detached', ...PATIENCE });
  for (let n = 0; n < 4; n++) await button('Undo').click();
  await saved();
  assert.equal(await textOf(draft.id), REPORT);
});

journey('a step is put on a way between two', async () => {
  const add = page.getByRole('button', { name: 'Add a step between check and publish' });
  await add.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: /^wait/ }).press('Enter');
  await face('wait').waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Add a step between wait and publish' }).waitFor(PATIENCE);
  await saved();
});

/** Draws with the pointer from one place to another, as a hand would. */
async function draw(from, to) {
  const box = await from.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
}

const middleOf = async (name) => {
  const { x, y, width, height } = await face(name).boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
};

journey('ways are drawn from step to step, moved by their ends, and lead to new steps', async () => {
  const needs = async (task) => {
    await saved();
    const [draft] = await drafts();
    return new RegExp(`\\n {2}${task}:\\n {4}needs: (.*)\\n`).exec(await textOf(draft.id))?.[1];
  };
  await face('check').click();
  await draw(step('check').locator('.step-link'), await middleOf('tell'));
  await page.getByRole('button', { name: 'Add a step between check and tell' }).waitFor(PATIENCE);
  assert.equal(await needs('tell'), '[publish, check]');
  const end = page.locator('.way-end').last();
  const at = await end.boundingBox();
  await draw(end, { x: at.x + 3, y: at.y + 3 });
  assert.equal(await needs('tell'), '[publish, check]', 'a click moves nothing');
  await button('Undo').click();
  await page.getByRole('button', { name: 'Add a step between check and tell' }).waitFor({ state: 'detached', ...PATIENCE });
  await face('tell').click();
  const canvas = await page.locator('.board .pane').boundingBox();
  await draw(step('tell').locator('.step-link'), { x: canvas.x + canvas.width - 30, y: canvas.y + 30 });
  await page.getByRole('dialog', { name: 'Add a step after tell' }).waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await checkAccess(page);
});

journey('a draft outlives a reload and a power cut, and its earlier texts can be restored', async () => {
  const [draft] = await drafts();
  await page.reload();
  await face('wait').waitFor(PATIENCE);
  await server.kill();
  await server.start();
  await page.reload();
  await face('wait').waitFor(PATIENCE);
  await button('Revisions…').click();
  await page.getByRole('dialog').getByRole('list', { name: 'Revisions' }).getByRole('button').first().click();
  await page.getByRole('dialog').getByText('They are the same.').waitFor(PATIENCE);
  await inDialog('Restore').click();
  await saved();
  assert.match(await textOf(draft.id), /\n {2}wait:\n/);
  browser.complaints = browser.complaints.filter((text) => !/ERR_/.test(text));
});

journey('what the server did not get is still there', async () => {
  const [draft] = await drafts();
  await page.route('**/api/v1/drafts/*', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await rewrite('echo published', 'echo told');
  await page.getByText('The text is kept in this browser').waitFor(PATIENCE);
  page.once('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.unroute('**/api/v1/drafts/*');
  await page.reload();
  await page.locator('.cm-content').getByText('echo told').waitFor(PATIENCE);
  await saved();
  assert.match(await textOf(draft.id), /echo told/);
  // The server was out of reach, and nobody had touched the page that was loaded again.
  browser.complaints = browser.complaints.filter((text) => !/ERR_FAILED|beforeunload/.test(text));
});

journey('a version that somebody publishes meanwhile is taken in before the draft is published', async () => {
  await server.push(REPORT.replace('seq 3', 'seq 5'));
  await page.reload();
  await page.getByText('Somebody published another version').waitFor(PATIENCE);
  await button('Take its changes').click();
  await page.getByText('The changes were taken.').waitFor(PATIENCE);
  await button('Publish…').click();
  await inDialog('Publish').click();
  await page.waitForURL(/\/pipelines\/nightly-report/, PATIENCE);
  const { definition } = await server.rest('GET', '/pipelines/nightly-report');
  assert.match(definition, /seq 5/);
  assert.match(definition, /echo told/);
});

journey('a place that both changed stands between marks, and cannot be published like that', async () => {
  await openStudio('/pipelines/nightly-report');
  await rewrite('echo told', 'echo mine');
  await saved();
  const { definition } = await server.rest('GET', '/pipelines/nightly-report');
  await server.push(definition.replace('echo told', 'echo theirs'));
  await page.reload();
  await button('Take its changes').click(PATIENCE);
  await page.getByText('1 place was changed by both').waitFor(PATIENCE);
  await page.locator('.cm-content').getByText('<<<<<<< draft').waitFor(PATIENCE);
  await page.locator('.cm-content').getByText('echo theirs').waitFor(PATIENCE);
  await button('Publish…').click();
  assert.equal(await inDialog('Publish').isDisabled(), true);
  await page.keyboard.press('Escape');
  await button('Undo').click();
  await page.locator('.cm-content').getByText('<<<<<<< draft').waitFor({ state: 'detached', ...PATIENCE });
  await saved();
  const [draft] = await drafts();
  await server.rest('DELETE', `/drafts/${draft.id}`);
});

journey('the way of the data through a state is shown with what a run had, and follows the text', async () => {
  await openStudio(`/workflows/${encodeURIComponent(flow)}`);
  await face('Call').click();
  await page.getByRole('tab', { name: 'Data flow' }).click();
  const shown = (name) => page.getByRole('tree', { name: `${name}, JSON` });
  await shown('Input').getByText('"id": 7').waitFor(PATIENCE);
  await shown('After ResultSelector').getByText('"seen": true').waitFor(PATIENCE);
  await rewrite('"seen": true', '"seen": false');
  await shown('After ResultSelector').getByText('"seen": false').waitFor(PATIENCE);
  // Nothing stands in for a state that has no task: it is computed.
  await face('Begin').click();
  await shown('After InputPath').getByText('"id": 7').waitFor(PATIENCE);
  await checkAccess(page);
});

journey('a state is tested with the input of a run, and the draft is run', async () => {
  const run = await server.run(machine, 'sample', { total: 7, items: [] });
  await server.until(run, 'FAILED');
  await openStudio(`/workflows/${encodeURIComponent(machine)}`);
  await page.getByRole('tab', { name: 'Sample input' }).click();
  await page.getByLabel('Take the input of a run').selectOption({ index: 1 });
  await face('Is it large?').click();
  await page.getByRole('tab', { name: 'Test step' }).click();
  await button('Test Is it large?').click();
  await page.getByText('then Reserve').waitFor(PATIENCE);
  await page.getByRole('tree', { name: 'Output, JSON' }).getByText('"total": 7').waitFor(PATIENCE);
  await button('Run draft…').click();
  await inDialog('Run').click();
  await page.getByRole('heading', { name: /^draft-/ }).waitFor(PATIENCE);
});

journey('the draft of a pipeline is run with params, and the pipeline stays as it is', async () => {
  await openStudio('/pipelines/nightly-report');
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await button('Run draft…').click();
  await page.getByRole('dialog').getByLabel('Params, JSON').fill('{"limit": 3}');
  await inDialog('Run').click();
  await page.getByRole('dialog').getByRole('alert').getByText('note', { exact: false }).waitFor(PATIENCE);
  // The browser itself notes the answer 400.
  browser.check(/400/);
  await page.getByRole('dialog').getByLabel('Params, JSON').fill('{"limit": 3, "note": "tried"}');
  await inDialog('Run').click();
  await page.getByRole('heading', { name: /^draft-/ }).waitFor(PATIENCE);
  await page.locator('[data-step="parts"]').waitFor(PATIENCE);
});

journey('something new begins with a text that runs', async () => {
  await page.goto(`${server.url}/studio`);
  await button('New state machine…').click();
  await page.getByRole('dialog').getByLabel('Name').fill('brand-new');
  await inDialog('Create').click();
  await face('Start').waitFor(PATIENCE);
  await page.locator('.drawer').getByText('There is no problem.').waitFor(PATIENCE);
  await button('Publish…').click();
  await inDialog('Publish').click();
  await page.getByRole('heading', { name: 'brand-new', exact: true }).waitFor(PATIENCE);
});

journey('Studio can be used with assistive technology, in both themes and on a phone', async () => {
  await page.goto(`${server.url}/studio`);
  await page.getByRole('link', { name: 'order' }).waitFor(PATIENCE);
  await checkAccess(page);
  await page.getByRole('link', { name: 'order' }).click();
  await face('Reserve').click();
  await inBothThemes(page);
  await button('Add a step a').click();
  await checkAccess(page);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 360, height: 800 });
  const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= inner, `the page is ${width} wide`);
});
