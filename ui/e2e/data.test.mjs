// Input and output of runs: laid out, searched, with the way to each value, and compared with another run.
import assert from 'node:assert/strict';

import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const INPUT = { order: { id: 12, 'net price': 7.5, items: [{ sku: 'A-1' }, { sku: 'B-2' }] }, note: 'first' };
const MANY = { rows: Array.from({ length: 6_000 }, (_, at) => ({ at, word: `w${at}` })) };

let server;
let page;
let runs;
const test = stage((ready) => ({ server, page, filled: runs } = ready), { fill });

async function fill(server) {
  const machine = await server.create('orders', { Keep: { Type: 'Pass', End: true } });
  const first = await server.run(machine, 'first', INPUT);
  await server.until(first, 'SUCCEEDED');
  const second = await server.run(machine, 'second', { ...INPUT, note: 'second', more: true });
  await server.until(second, 'SUCCEEDED');
  const many = await server.run(machine, 'many', MANY);
  await server.until(many, 'SUCCEEDED');
  await server.push('pipeline: hidden\nparams: {token: {secret: true, required: true}, size: {type: integer, default: 3}}\ntasks: {rest: {noop: true}}\n');
  const hidden = await server.startPipeline('hidden', 'one', { token: 'so-secret-a-value' });
  await server.until(hidden, 'SUCCEEDED');
  return { first, second, many, hidden };
}

const tree = (what) => page.getByRole('tree', { name: `${what}, JSON` });
const open = (run) => page.goto(`${server.url}/runs/${run}?tab=data`);
const copied = () => page.evaluate(() => navigator.clipboard.readText());

test('a value is found by searching, and its way copied in both languages', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  await open(runs.first);
  const input = page.getByRole('region', { name: 'Input', exact: true });
  await tree('Input').getByText('"sku": "B-2"').waitFor(PATIENCE);
  await input.getByRole('searchbox').fill('b-2');
  await input.getByText('1 of 1').waitFor(PATIENCE);
  await input.getByText('$.order.items[1].sku').waitFor(PATIENCE);
  await input.getByRole('button', { name: 'Copy JSONata' }).click();
  assert.equal(await copied(), '$states.input.order.items[1].sku');
  await input.getByRole('searchbox').fill('net');
  await input.getByRole('button', { name: 'Copy JSONPath' }).click();
  assert.equal(await copied(), "$.order['net price']");
  await input.getByRole('button', { name: 'Copy Value' }).click();
  assert.equal(await copied(), '7.5');
});

test('arrows go through the values and fold them', async () => {
  await open(runs.first);
  await tree('Input').focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(key);
  const folded = tree('Input').getByRole('treeitem', { expanded: false });
  await folded.getByText('{3}').waitFor(PATIENCE);
  assert.equal(await tree('Input').getByText('"sku"').count(), 0);
  await page.keyboard.press('ArrowRight');
  await tree('Input').getByText('"sku": "A-1"').waitFor(PATIENCE);
});

test('the reader chooses tree, JSON or the raw text, and it stays so', async () => {
  await open(runs.first);
  const input = page.getByRole('region', { name: 'Input', exact: true });
  await input.getByRole('button', { name: 'Raw' }).click();
  await page.getByRole('region', { name: 'Input, JSON' }).getByText('{"order":{"id":12,"net price":7.5').waitFor(PATIENCE);
  await input.getByRole('searchbox').fill('sku');
  await input.getByText('1 of 2').waitFor(PATIENCE);
  await input.getByRole('searchbox').press('Enter');
  await input.getByText('2 of 2').waitFor(PATIENCE);
  await input.getByRole('button', { name: 'Tree' }).click();
  await page.reload();
  await tree('Output').getByText('sku').first().waitFor(PATIENCE);
  assert.equal(await tree('Output').getByText('"sku"').count(), 0, 'names in a tree have no quotes');
  await inBothThemes(page);
});

test('a large value is searched whole, but only what is seen is there', async () => {
  await open(runs.many);
  const input = page.getByRole('region', { name: 'Input', exact: true });
  await tree('Input').getByText('{2}').first().waitFor(PATIENCE);
  await input.getByRole('searchbox').fill('w5999');
  await tree('Input').getByText('"word": "w5999"').waitFor(PATIENCE);
  await input.getByText('$.rows[5999].word').waitFor(PATIENCE);
  const lines = await tree('Input').locator('.json-line').count();
  assert.ok(lines <= 80, `${lines} lines are there`);
});

test('a run is compared with the one before, and the address says so', async () => {
  await open(runs.second);
  await page.getByRole('button', { name: 'Compare with the run before' }).click();
  const input = page.getByRole('region', { name: 'Input', exact: true });
  await input.getByText('2 differences').waitFor(PATIENCE);
  const note = input.getByRole('row', { name: /\$\.note/ });
  assert.match(await note.innerText(), /"first"[^]*"second"/);
  assert.match(await input.getByRole('row', { name: /\$\.more/ }).innerText(), /absent[^]*true/);
  await page.reload();
  await input.getByText('2 differences').waitFor(PATIENCE);
  await inBothThemes(page);
  await page.getByLabel('Compare with').selectOption('no other run');
  await tree('Input').getByText('"note": "second"').waitFor(PATIENCE);
  assert.doesNotMatch(page.url(), /with=/);
});

test('what is secret is not there, and the way to a param is one of pipelines', async () => {
  await open(runs.hidden);
  const input = page.getByRole('region', { name: 'Input', exact: true });
  await tree('Input').getByText('"•••"').click();
  await input.getByText('Secret: nobody is shown what stands here.').waitFor(PATIENCE);
  await input.getByText('params.token', { exact: true }).waitFor(PATIENCE);
  assert.equal(await page.getByText('so-secret-a-value').count(), 0);
  assert.equal(await input.getByRole('button', { name: 'Copy JSONPath' }).count(), 0);
});
