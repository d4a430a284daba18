// Runs that are parts of others: items of distributed Maps, and nested executions, linked both ways.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const ITEMS = 150;
/** The items that fail. */
const BAD = 3;

let server;
let page;
let runs;
const test = stage((ready) => ({ server, page, filled: runs } = ready), { fill });

const child = {
  ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  StartAt: 'Look',
  States: {
    Look: { Type: 'Choice', Choices: [{ Variable: '$.at', NumericLessThan: BAD, Next: 'Refuse' }], Default: 'Take' },
    Refuse: { Type: 'Fail', Error: 'Bad.Item', Cause: 'It is too small' },
    Take: { Type: 'Pass', End: true },
  },
};

async function fill(server) {
  const each = await server.create('each-order', {
    Each: { Type: 'Map', ItemsPath: '$.items', ToleratedFailureCount: 10, ItemProcessor: child, End: true },
  });
  const items = Array.from({ length: ITEMS }, (_, at) => ({ at, name: `order-${at}` }));
  const mapped = await server.run(each, 'mapped', { items });
  const rest = await server.create('rest', { Rest: { Type: 'Fail', Error: 'Too.Tired', Cause: 'No rest' } });
  const outer = await server.create('outer', {
    Inner: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync', Parameters: { StateMachineArn: rest, Name: 'inner-run' }, End: true },
  });
  const nested = await server.run(outer, 'outer-run');
  await server.push('pipeline: small\ntasks: {one: {noop: true}}\n');
  await server.push('pipeline: large\ntasks:\n  part:\n    pipeline: small\n');
  const large = await server.startPipeline('large', 'large-run');
  await server.until(mapped, 'SUCCEEDED');
  await server.until(nested, 'FAILED');
  await server.until(large, 'SUCCEEDED');
  return { mapped, nested, large };
}

const mapRun = () => page.getByRole('region', { name: 'Map run' });

test('a distributed Map tells how many of its runs are where, those that failed first', async () => {
  await page.goto(`${server.url}/runs/${runs.mapped}?step=Each`);
  const counts = mapRun().getByRole('group', { name: 'Runs by state' });
  await counts.getByRole('button', { name: `${ITEMS} all` }).waitFor(PATIENCE);
  await counts.getByRole('button', { name: `${BAD} Failed`, pressed: true }).waitFor(PATIENCE);
  const rows = mapRun().getByRole('table', { name: 'Runs of the items' }).getByRole('row');
  await rows.filter({ hasText: 'Bad.Item' }).first().waitFor(PATIENCE);
  assert.equal(await rows.count(), BAD + 1);
  assert.match(await rows.filter({ hasText: 'order-1"' }).innerText(), /^1\s/);
  await inBothThemes(page);
  await counts.getByRole('button', { name: `${ITEMS} all` }).click();
  await rows.filter({ hasText: 'Succeeded' }).first().waitFor(PATIENCE);
  assert.ok((await rows.count()) <= 80, 'only what is seen is there');
  await counts.getByRole('button', { name: 'Succeeded' }).click();
  await page.waitForURL((url) => url.searchParams.get('items') === 'succeeded', PATIENCE);
  await page.reload();
  await counts.getByRole('button', { name: 'Succeeded', pressed: true }).waitFor(PATIENCE);
  await rows.filter({ hasText: 'Succeeded' }).first().waitFor(PATIENCE);
  assert.equal(await rows.filter({ hasText: 'Bad.Item' }).count(), 0);
});

test('an item leads to its run, and that back to the Map', async () => {
  await page.goto(`${server.url}/runs/${runs.mapped}?step=Each`);
  await mapRun().getByRole('link', { name: /order-2"/ }).click();
  await page.getByRole('region', { name: 'Failure' }).getByText('Bad.Item').waitFor(PATIENCE);
  await page.getByText('item 2 of “Each” in mapped').waitFor(PATIENCE);
  await page.getByRole('link', { name: 'mapped', exact: true }).click();
  await mapRun().waitFor(PATIENCE);
});

test('a nested execution and its parent lead to each other', async () => {
  await page.goto(`${server.url}/runs/${runs.nested}?step=Inner`);
  await page.getByRole('complementary', { name: 'Step Inner' }).getByRole('link', { name: 'inner-run' }).click();
  await page.getByText('started by outer-run').waitFor(PATIENCE);
  await page.getByRole('link', { name: 'outer-run', exact: true }).click();
  await page.getByRole('heading', { name: 'outer-run' }).waitFor(PATIENCE);
});

test('a pipeline and the one it runs lead to each other', async () => {
  await page.goto(`${server.url}/runs/${runs.large}?step=part`);
  await page.getByRole('complementary', { name: 'Task part' }).getByRole('definition').getByRole('link').click();
  await page.getByText('started by large-run').waitFor(PATIENCE);
  await page.getByRole('link', { name: 'large-run', exact: true }).click();
  await page.getByRole('heading', { name: 'large-run' }).waitFor(PATIENCE);
});
