// The page of a run where there is little room, much to show, or something to wait for.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

/** More iterations than the events of the first page tell of. */
const ITEMS = 300;
/** In so many containers, so many states each. */
const CONTAINERS = 20;
const INNER = 23;
/** As many rows as there may be at once. */
const ROWS_MAX = 80;
const LOW = [{ width: 720, height: 450 }, { width: 390, height: 844 }, { width: 1440, height: 450 }];

const WAITING = `
pipeline: waiting
tasks:
  ask: {approve: {message: Release it?}}
  train: {run: 'true', runs_on: [gpu]}
  parts:
    each: [north, south, west]
    run: 'echo "\${{ item }}"'
`;

let server;
let page;
let runs;
const test = stage((ready) => ({ server, page, filled: runs } = ready), { fill });

const pass = (name) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });

/** Each item is looked at; the last one is refused. */
const LOOK = {
  StartAt: 'Look',
  States: {
    Look: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: ITEMS, Next: 'Refuse' }], Default: 'Take' },
    Take: { Type: 'Pass', End: true },
    Refuse: { Type: 'Fail', Error: 'Bad.Item', Cause: 'It is too large' },
  },
};

function chain(container) {
  const names = Array.from({ length: INNER }, (_, at) => `${container} ${at}`);
  const states = names.map((name, at) => [name, { Type: 'Pass', ...(names[at + 1] ? { Next: names[at + 1] } : { End: true }) }]);
  return { StartAt: names[0], States: Object.fromEntries(states) };
}

async function fill(server) {
  const map = await server.create('checks', { Each: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: LOOK, Next: 'Done' }, Done: { Type: 'Succeed' } });
  const failed = await server.run(map, 'checks-run', { items: Array.from({ length: ITEMS }, (_, at) => at + 1) });
  const items = { ...pass('Item'), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
  const spread = await server.create('spread', { Each: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: items, End: true } });
  const distributed = await server.run(spread, 'spread-run', { items: [1, 2, 3] });
  const states = Array.from({ length: CONTAINERS }, (_, at) => [
    `P${at}`,
    { Type: 'Parallel', Branches: [chain(`P${at}`)], ...(at + 1 < CONTAINERS ? { Next: `P${at + 1}` } : { End: true }) },
  ]);
  const large = await server.run(await server.create('large', Object.fromEntries(states)), 'large-run');
  await server.push(WAITING);
  const waiting = await server.startPipeline('waiting', 'waiting-run');
  await server.until(failed, 'FAILED');
  await server.until(distributed, 'SUCCEEDED');
  await server.until(large, 'SUCCEEDED');
  return { map, failed, distributed, large, waiting };
}

const open = (run, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(run)}${search}`);
const heightOf = (selector) => page.locator(selector).first().evaluate(({ clientHeight }) => clientHeight);
const counts = () => page.getByRole('list', { name: 'Steps by state' });
const rows = () => page.getByRole('list', { name: 'Steps', exact: true }).getByRole('listitem');

test('in a low or a narrow window the page scrolls, and all of it can be read', async () => {
  for (const size of LOW) {
    await page.setViewportSize(size);
    await open(runs.failed, '?step=Each');
    const inspector = page.getByRole('complementary', { name: 'Step Each' });
    await inspector.getByRole('table', { name: 'Iterations' }).waitFor(PATIENCE);
    assert.ok((await heightOf('.inspector')) >= 300, `the inspector at ${size.width} × ${size.height}`);
    await inspector.getByRole('region', { name: 'State', exact: true }).scrollIntoViewIfNeeded();
    await open(runs.failed, '?tab=timeline');
    await page.locator('.timeline-bar').first().waitFor(PATIENCE);
    assert.ok((await heightOf('.table')) >= 240, `the timeline at ${size.width} × ${size.height}`);
    await open(runs.failed, '?tab=data');
    await page.getByRole('tree', { name: 'Input' }).waitFor(PATIENCE);
    assert.ok((await heightOf('.json-lines')) >= 120, `the input at ${size.width} × ${size.height}`);
    await open(runs.waiting, '?tab=logs');
    await page.locator('.log-line').first().waitFor(PATIENCE);
    assert.ok((await heightOf('.log')) >= 240, `the log at ${size.width} × ${size.height}`);
  }
});

test('the head counts each step once, and each count shows those it counts', async () => {
  await open(runs.failed);
  await counts().getByRole('link', { name: '1 Not reached' }).waitFor(PATIENCE);
  await counts().getByRole('link', { name: '2 Succeeded' }).waitFor(PATIENCE);
  await counts().getByRole('link', { name: '1 Failed' }).click();
  await rows().getByRole('button', { name: 'Refuse' }).waitFor(PATIENCE);
  assert.equal(await rows().count(), 1);
  await inBothThemes(page);
});

test('a Fail within a Map tells its error', async () => {
  await open(runs.failed);
  const inspector = page.getByRole('complementary', { name: 'Step Refuse' });
  await inspector.getByRole('region', { name: 'Error' }).getByText('It is too large').waitFor(PATIENCE);
});

test('among the failures of a workflow, what failed within a Map is told once', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(runs.map)}?tab=graph`);
  const failures = page.getByRole('region', { name: 'Failures by step' }).getByRole('listitem');
  await failures.getByText('Bad.Item at “Refuse”').waitFor(PATIENCE);
  assert.equal(await failures.count(), 1);
});

test('a Map of which only the first events are there stands as the run tells', async () => {
  await open(runs.failed, '?tab=events&rows=compact');
  const row = page.getByRole('table', { name: 'Events' }).getByRole('row').filter({ hasText: 'Each' });
  await row.getByText('Failed').waitFor(PATIENCE);
});

test('what runs for each item of a distributed Map is not told to be unreached', async () => {
  await open(runs.distributed, '?as=list');
  await rows().filter({ hasText: 'Item' }).getByText('in the runs of the items').waitFor(PATIENCE);
  assert.equal(await page.getByText('Not reached').count(), 0);
});

test('a long list has only the rows that are seen, and containers that open', async () => {
  await open(runs.large, '?as=list');
  await rows().first().waitFor(PATIENCE);
  assert.equal(await rows().count(), CONTAINERS);
  await page.getByRole('button', { name: 'Open P0' }).click();
  await rows().getByRole('button', { name: 'P0 0', exact: true }).waitFor(PATIENCE);
  await inBothThemes(page);
  await counts().getByRole('link', { name: `${CONTAINERS * INNER} Succeeded` }).click();
  await page.getByText('All states').waitFor(PATIENCE);
  assert.ok((await rows().count()) <= ROWS_MAX);
  await open(runs.large, '?as=list&step=P9+20');
  await page.getByRole('button', { name: 'P9 20', exact: true }).waitFor(PATIENCE);
});

test('the definition is seen where the step begins', async () => {
  await open(runs.large, '?tab=definition&step=P9');
  const mark = page.locator('.json mark');
  await mark.waitFor(PATIENCE);
  const [inside, around] = [await mark.boundingBox(), await page.locator('.json pre').boundingBox()];
  assert.ok(inside.y >= around.y && inside.y < around.y + around.height / 2);
  assert.match(await mark.innerText(), /^\s*"P9": \{/);
});

test('who waits is told what to do', async () => {
  await open(runs.waiting, '?step=train');
  const task = page.getByRole('complementary', { name: 'Task train' });
  await task.getByText(`compasso worker --server ${server.url} --tags gpu`).waitFor(PATIENCE);
  await task.getByRole('link', { name: 'Workers & queues' }).waitFor(PATIENCE);
  await open(runs.waiting, '?step=ask');
  await page.getByText('an approval (anybody may decide)').waitFor(PATIENCE);
  await inBothThemes(page);
  await page.getByRole('link', { name: 'Decide' }).click();
  await page.getByText('Release it?').first().waitFor(PATIENCE);
});

test('the instances of a task are no attempts of it', async () => {
  await open(runs.waiting, '?step=parts');
  await page.getByText('3 succeeded, 0 failed, 0 running').waitFor(PATIENCE);
  assert.equal(await page.getByText('Attempts').count(), 0);
});

test('what the address asks for is asked once', async () => {
  await open(runs.failed, '?again=latest');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden', ...PATIENCE });
  await page.waitForURL((url) => !url.searchParams.has('again'), PATIENCE);
});

test('a task that asks people needs them, on the grid, among the steps and runs as well', async () => {
  await page.goto(`${server.url}/pipelines/waiting`);
  await page.getByRole('button', { name: /^ask .*needs approval/i }).waitFor(PATIENCE);
  await page.getByRole('link', { name: /Needs approval/ }).or(page.getByRole('button', { name: /Needs approval/ })).first().waitFor(PATIENCE);
  await page.goto(`${server.url}/runs?show=steps&state=waiting`);
  await page.getByRole('row').filter({ hasText: 'ask' }).getByText('Needs approval').waitFor(PATIENCE);
  await page.goto(`${server.url}/runs?show=steps&state=approval`);
  await page.getByRole('row').filter({ hasText: 'ask' }).waitFor(PATIENCE);
  for (const list of ['/runs', '/pipelines/waiting?tab=runs']) {
    await page.goto(server.url + list);
    await page.getByRole('row').filter({ hasText: 'waiting-run' }).getByText('Needs approval').waitFor(PATIENCE);
  }
});
