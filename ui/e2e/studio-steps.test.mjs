// Steps in Studio: taken from the palette, and filled in by forms, as people do it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkAccess } from './browser.mjs';
import { REPORT } from './seed.mjs';
import { PATIENCE, stage } from './stage.mjs';
import { order } from './workflows.mjs';

let server;
let page;
let machine;

const GOLDEN = new URL('../src/studio/golden/', import.meta.url);
const button = (name) => page.getByRole('button', { name, exact: true });
const face = (name) => page.locator(`.board [data-step="${name}"] .step-face`);
const form = (name) => page.getByRole('region', { name: `Step ${name}`, exact: true });
const saved = () => page.locator('.facts').getByText(/^saved/).waitFor(PATIENCE);
const selection = () => page.evaluate(() => getSelection().toString());

/** The text of the draft that is open, once the server has it. */
async function written() {
  await saved();
  return (await server.rest('GET', `/drafts/${new URL(page.url()).pathname.split('/').at(-1)}`)).text;
}
const states = async () => JSON.parse(await written()).States;

async function openStudio(address) {
  for (const { id } of (await server.rest('GET', '/drafts')).items) await server.rest('DELETE', `/drafts/${id}`);
  await page.goto(`${server.url}${address}`);
  await button('Open in Studio').click();
  await page.locator('.board [data-step]').first().waitFor(PATIENCE);
}
const openMachine = () => openStudio(`/workflows/${encodeURIComponent(machine)}`);

async function fill(server) {
  await server.push(REPORT);
  return server.create('order', order(server.directory));
}

const journey = stage((it) => ({ server, page, filled: machine } = it), { fill });

for (const [file, kind] of [['all-jsonpath.asl.json', 'STANDARD'], ['all-jsonata.asl.json', 'STANDARD'], ['all.pipeline.yaml', 'PIPELINE']]) {
  journey(`the server finds nothing wrong with steps of all kinds: ${file}`, async () => {
    const { problems } = await server.rest('POST', '/check', { kind, text: readFileSync(new URL(file, GOLDEN), 'utf8') });
    assert.deepEqual(problems.map(({ code, line, message }) => `${line} ${code} ${message}`), []);
  });
}

journey('an action is found by a few letters, and what is to be filled in is selected', async () => {
  await openStudio('/pipelines/nightly-report');
  await face('check').click();
  await page.keyboard.press('a');
  await page.keyboard.type('slack');
  await checkAccess(page);
  await page.keyboard.press('Enter');
  await face('slack').waitFor(PATIENCE);
  assert.equal(await selection(), 'TEXT');
  await page.keyboard.insertText('The report is there');
  assert.match(await written(), /\n {2}slack:\n {4}needs: check\n {4}uses: slack\n {4}with:\n {6}text: The report is there\n/);
});

journey('a step is dragged from the palette onto a way, and behind a step', async () => {
  await openMachine();
  const offer = (name) => page.locator('.shelf li', { has: page.getByText(name, { exact: true }) });
  await offer('sqs:sendMessage').dragTo(page.getByRole('button', { name: 'Add a step between Check order and Is it large?' }));
  await face('Queue').waitFor(PATIENCE);
  await offer('Pass').dragTo(face('Queue'));
  await face('Pass').waitFor(PATIENCE);
  const { 'Check order': first, Queue, Pass } = await states();
  assert.deepEqual([first.Next, Queue.Next, Pass.Next], ['Queue', 'Pass', 'Is it large?']);
  await checkAccess(page);
});

journey('rules, retries and catches are rows', async () => {
  await openMachine();
  await face('Is it large?').click();
  const rule = form('Is it large?').getByRole('group', { name: 'Choices, row 1' });
  await rule.getByLabel('Value').fill('900');
  await rule.getByLabel('Value').press('Enter');
  await rule.getByLabel('Operator').selectOption('NumericLessThan');
  await form('Is it large?').getByRole('button', { name: 'Add a rule' }).click();
  await form('Is it large?').getByRole('group', { name: 'Choices, row 2' }).getByLabel('Next').selectOption('Done');
  let all = await states();
  assert.deepEqual(all['Is it large?'].Choices, [
    { Variable: '$.total', Next: 'Ask for approval', NumericLessThan: 900 },
    { Variable: '$', IsPresent: true, Next: 'Done' },
  ]);
  await face('Reserve').click();
  await form('Reserve').getByRole('button', { name: 'Add a retry' }).click();
  const retry = form('Reserve').getByRole('group', { name: 'Retry, row 1' });
  await retry.getByLabel('MaxAttempts').fill('5');
  await retry.getByLabel('MaxAttempts').press('Enter');
  all = await states();
  assert.deepEqual(all.Reserve.Retry, [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 2 }]);
  assert.equal(all.Reserve.Branches.length, 2);
  await checkAccess(page);
});

journey('tasks are filled in by a form; comments stay, and what a form cannot say is left to the text', async () => {
  await server.push(REPORT.replace('name: nightly-report', '').replace('pipeline: nightly-report', 'pipeline: noted').replace('noop: true', 'uses: log   # told\n    labels: {team: data}\n    with:\n      message: done   # to all').replace('/reports', '/noted'));
  await openStudio('/pipelines/noted');
  await face('tell').click();
  const fields = form('tell');
  await fields.getByText('Also in the text: labels').waitFor(PATIENCE);
  await fields.getByLabel('message').fill('all is well');
  await fields.getByLabel('message').press('Enter');
  await fields.getByText('Attempts and time').click();
  await fields.getByLabel('max', { exact: true }).fill('3');
  await fields.getByLabel('max', { exact: true }).press('Enter');
  await fields.getByLabel('delay', { exact: true }).fill('30s');
  await fields.getByLabel('delay', { exact: true }).press('Enter');
  assert.match(await written(), /uses: log {3}# told\n {4}labels: \{team: data\}\n {4}with:\n {6}message: all is well {3}# to all\n {4}retry: \{max: 3, delay: 30s\}\n/);
  await face('check').click();
  const needs = await form('check').locator('.needs').getByRole('checkbox').evaluateAll((boxes) => boxes.map((box) => box.parentElement.innerText.trim()));
  assert.deepEqual(needs, ['extract', 'parts'], 'what comes after a task cannot be needed by it');
  await checkAccess(page);
});

journey('the address names the step that is chosen', async () => {
  await openMachine();
  await face('Charge card').click();
  await page.waitForURL(/[?&]step=Charge\+card|step=Charge%20card/, PATIENCE);
  await page.reload();
  await form('Charge card').waitFor(PATIENCE);
  await page.locator('.cm-activeLine').getByText('Charge card').waitFor(PATIENCE);
});

journey('what differs is shown without publishing; a state that catches and a way that leads back have marks', async () => {
  await openMachine();
  await page.locator('.board [data-step="Reserve"] > .step-catch').waitFor(PATIENCE);
  await button('Diff…').click();
  await page.getByRole('dialog').getByText('They are the same.').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await face('Ask for approval').click();
  await form('Ask for approval').getByLabel('Seconds', { exact: true }).last().fill('9');
  await page.keyboard.press('Enter');
  await button('Diff…').click();
  await page.getByRole('dialog').getByText(/\+\s+"Seconds": 9/).waitFor(PATIENCE);
  await page.locator('dialog [data-step="Ask for approval"][data-mark="changed"]').waitFor(PATIENCE);
  await checkAccess(page);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.board .way-back').count(), 0);
  await form('Ask for approval').getByLabel('Next').selectOption('Check order');
  await page.locator('.board .way-back').waitFor(PATIENCE);
});
