// What is started from lists and written from them, and what dialogs and panels say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const RELEASE = `pipeline: release
params:
  version: {type: string, required: true}
tasks:
  # Built on this machine.
  build: {noop: true}
  gate:
    needs: build
    approve:
      message: Go?
      form: {window: {type: string, enum: [now, tonight], required: true, title: Window}}
      timeout: 2h
      on_reject: skip
  ship: {needs: gate, noop: true}
`;

let server;
let browser;
let page;
let filled;
const test = stage((ready) => ({ server, browser, page, filled } = ready), { fill, settings: '[beyond-aws]\nsearch = true\n' });

async function fill(server) {
  const machine = await server.create('kept', { Keep: { Type: 'Pass', End: true } });
  const runs = [];
  for (const name of ['one', 'two', 'three']) runs.push(await server.run(machine, name));
  for (const run of runs) await server.until(run, 'SUCCEEDED');
  const indexed = await server.create('indexed', { Keep: { Type: 'Pass', End: true } });
  await server.act('PutSearchAttributes', { stateMachineArn: indexed, searchAttributes: { customer: '$.customer' } });
  await server.until(await server.run(indexed, 'of-customer', { customer: 'c-1042' }), 'SUCCEEDED');
  await server.push(RELEASE);
  return { machine, run: await server.startPipeline('release', 'asking', { version: '1' }) };
}

/** Requests that end a run. */
const ENDS = /\/runs\/[^/]+\/(stop|cancel)$/;
const dialog = () => page.getByRole('dialog');
const kept = async (press) => {
  const [file] = await Promise.all([page.waitForEvent('download', PATIENCE), press()]);
  return [file.suggestedFilename(), readFileSync(await file.path(), 'utf8')];
};

test('the runs that are marked, or all that match, are exported', async () => {
  await page.goto(`${server.url}/runs?q=workflow %3D kept`);
  await page.getByRole('checkbox', { name: /two/ }).check({ force: true, ...PATIENCE });
  await page.getByRole('button', { name: 'Export…' }).click();
  await dialog().getByText('1 run that is marked is kept as a file.').waitFor(PATIENCE);
  const [name, text] = await kept(() => dialog().getByRole('button', { name: 'Export', exact: true }).click());
  assert.equal(name, 'runs.csv');
  assert.match(text, /^id,workflow,name,status[^\n]*\n[^\n]*,kept,two,SUCCEEDED,[^\n]*\n$/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Take all that match' }).click();
  await page.getByRole('button', { name: 'Export…' }).click();
  await dialog().getByText('at most 100,000').waitFor(PATIENCE);
  await dialog().getByLabel('JSON lines, for programs').check();
  const [all, lines] = await kept(() => dialog().getByRole('link', { name: 'Export', exact: true }).click());
  assert.equal(all, 'runs.jsonl');
  assert.deepEqual(lines.trim().split('\n').map((line) => JSON.parse(line).name).toSorted(), ['one', 'three', 'two']);
});

test('a query that is written wrong says where, and the runs of the query before stay', async () => {
  const query = page.getByRole('combobox', { name: 'Query' });
  const ask = async (text) => {
    await query.fill(text);
    await query.press('Enter');
  };
  const mistake = page.locator('.query-mistake');
  for (const [show, row] of [['', 'two'], ['&show=steps', 'Keep']]) {
    await page.goto(`${server.url}/runs?q=workflow %3D kept${show}`);
    const link = page.getByRole('link', { name: row, exact: true }).first();
    await link.waitFor(PATIENCE);
    await ask('statu = FAILED');
    await mistake.getByText('status', { exact: false }).first().waitFor(PATIENCE);
    assert.match(await mistake.innerText(), /statu = FAILED\n\s*\^{5}/);
    assert.equal(await query.getAttribute('aria-invalid'), 'true');
    await page.locator('.table.old').waitFor(PATIENCE);
    assert.ok(await link.isVisible());
    await inBothThemes(page);
    await ask('workflow = indexed');
    await mistake.waitFor({ state: 'detached', ...PATIENCE });
    await page.locator('.table.old').waitFor({ state: 'detached', ...PATIENCE });
  }
  browser.check(/400/);
});

test('a list on a phone names the workflow of each run, and says its state by its shape and to who listens', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [search, name] of [['', 'two'], ['&show=steps', 'Keep']]) {
    await page.goto(`${server.url}/runs?q=workflow %3D kept${search}`);
    const row = page.getByRole('row', { name: new RegExp(`kept.*${name}`) }).first();
    await row.waitFor(PATIENCE);
    assert.ok((await row.locator('.only-narrow').getByText('kept', { exact: false }).boundingBox()).width > 20);
    const link = row.getByRole('link', { name, exact: true });
    assert.ok((await link.boundingBox()).width > 10);
    assert.equal((await row.locator('.slim .word').innerText()).trim(), 'Succeeded');
    await inBothThemes(page);
  }
});

test('the list of runs has the columns that are chosen, and a saved view keeps them', async () => {
  await page.goto(`${server.url}/runs?q=workflow %3D indexed`);
  const head = (name) => page.getByRole('columnheader', { name, exact: true });
  await page.getByText('Columns', { exact: true }).click();
  // A click, as it is the address that says whether a box is ticked.
  await page.getByLabel('input.customer').click(PATIENCE);
  await head('input.customer').waitFor(PATIENCE);
  await page.getByLabel('Trigger', { exact: true }).click();
  await page.getByLabel('Progress', { exact: true }).click();
  await head('Progress').waitFor({ state: 'detached', ...PATIENCE });
  await head('Version').waitFor(PATIENCE);
  await page.getByRole('cell', { name: 'c-1042', exact: true }).waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('columns'), 'version,input.customer');
  await page.getByRole('button', { name: 'Save view…' }).click();
  await dialog().getByLabel('Name').fill('by customer');
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'All runs' }).click();
  await head('input.customer').waitFor({ state: 'detached', ...PATIENCE });
  await page.getByRole('link', { name: 'by customer' }).click();
  await head('input.customer').waitFor(PATIENCE);
  await page.getByText('Columns', { exact: true }).click();
  await page.getByLabel('input.customer').click(PATIENCE);
  await head('input.customer').waitFor({ state: 'detached', ...PATIENCE });
  await head('Version').waitFor(PATIENCE);
});

test('what started a run and how far it is have columns, which stand in one row with the views', async () => {
  await page.goto(`${server.url}/runs?q=workflow %3D release`);
  const columns = page.getByText('Columns', { exact: true });
  const views = page.getByRole('navigation', { name: 'Views' });
  const [one, other] = [await columns.boundingBox(PATIENCE), await views.boundingBox()];
  assert.ok(one.y >= other.y && one.y < other.y + other.height, 'the columns are chosen beside the views');
  const row = page.getByRole('row').filter({ hasText: 'asking' });
  await row.getByRole('cell', { name: 'by hand' }).waitFor(PATIENCE);
  await row.getByRole('progressbar', { name: '1 of 3 steps' }).waitFor(PATIENCE);
  await inBothThemes(page);
});

test('columns that are chosen are exported with the version', async () => {
  await page.goto(`${server.url}/runs?q=workflow %3D indexed&columns=input.customer,progress`);
  await page.getByRole('checkbox', { name: /of-customer/ }).check({ force: true, ...PATIENCE });
  const text = async (role) => {
    await page.getByRole('button', { name: 'Export…' }).click();
    const [, text] = await kept(() => dialog().getByRole(role, { name: 'Export', exact: true }).click());
    await page.keyboard.press('Escape');
    return text;
  };
  const marked = await text('button');
  assert.match(marked, /^[^\n]*,redrives,version,input\.customer\n[^\n]*,of-customer,[^\n]*,0,,c-1042\n$/);
  await page.getByRole('button', { name: 'Take all that match' }).click();
  assert.equal(await text('link'), marked);
});

test('a pipeline is started from the list of runs, with its params', async () => {
  await page.goto(`${server.url}/runs`);
  await page.getByRole('button', { name: 'Start run…' }).click();
  await dialog().getByLabel('Workflow').selectOption('release');
  const start = dialog().getByRole('button', { name: 'Start', exact: true });
  await dialog().getByLabel('version').waitFor(PATIENCE);
  assert.equal(await start.isDisabled(), true, 'a param is missing');
  await dialog().getByLabel('version').fill('4.2');
  await dialog().getByLabel('Name').fill('by-hand');
  await start.click();
  await page.getByRole('heading', { name: 'by-hand' }).waitFor(PATIENCE);
});

test('an approval that cannot be given says which field is missing', async () => {
  await page.goto(`${server.url}/approvals`);
  const approve = page.getByRole('button', { name: 'Approve a' });
  await page.getByText('these need an answer: Window.').waitFor(PATIENCE);
  assert.equal(await approve.isDisabled(), true);
  await page.getByLabel('Window').selectOption('now');
  await page.getByText('these need an answer').waitFor({ state: 'detached', ...PATIENCE });
  assert.equal(await approve.isDisabled(), false);
});

test('an approval says until when it can be decided, and what comes of each answer', async () => {
  await page.goto(`${server.url}/approvals`);
  const inspector = page.getByRole('complementary', { name: 'Approval' });
  await inspector.getByText(/^in 1\D+\d+\D+$/).waitFor(PATIENCE);
  await page.getByRole('row').filter({ hasText: 'Go?' }).first().getByText(/^in 1\D+\d+\D+$/).waitFor(PATIENCE);
  const then = inspector.getByRole('region', { name: 'What happens next' });
  await then.getByText('the task succeeds, and these can follow: ship.').waitFor(PATIENCE);
  await then.getByText('Rejected by one: the task is skipped.').waitFor(PATIENCE);
  await then.getByText('Nobody decides in time: it is rejected.').waitFor(PATIENCE);
  await inBothThemes(page);
  await page.keyboard.press('x');
  await dialog().getByText('The task is skipped.').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
});

test('a step is shown as its definition has it', async () => {
  await page.goto(`${server.url}/runs/${filled.run}?step=gate`);
  const text = page.getByRole('region', { name: 'Text: Task' });
  await text.getByText('approve:').waitFor(PATIENCE);
  assert.match(await text.innerText(), /^gate:\n {2}needs: build\n {2}approve:\n {4}message: Go\?/);
});

test('the commands are opened before anything was done, and follow what is done since', async () => {
  await page.goto(`${server.url}/runs/${filled.run}`);
  let answer;
  const isAsked = new Promise((asked) => {
    void page.route(ENDS, async (route) => {
      await new Promise((go) => {
        answer = go;
        asked();
      });
      await route.continue();
    });
  });
  await page.getByRole('button', { name: 'Stop…' }).click(PATIENCE);
  await dialog().getByRole('button', { name: 'Stop', exact: true }).click();
  await isAsked;
  await dialog().getByRole('button', { name: 'Close' }).click();
  await page.keyboard.press('c');
  await dialog().getByText('Nothing was changed in this tab yet.').waitFor(PATIENCE);
  answer();
  await dialog().getByText('compasso stop').first().waitFor(PATIENCE);
  await page.unroute(ENDS);
});
