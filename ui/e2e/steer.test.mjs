// What people do with single things: tasks of a run, signals, decisions, connections.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { RELEASE, REPORT } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';
import { PROCESS } from './workflows.mjs';

const WAITING = `
pipeline: delivery
tasks:
  arrived: {wait: {signal: arrived}}
  unpack: {needs: arrived, noop: true}
`;

let server;
let page;
let failed;

const open = (id, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(id)}${search}`);
const step = (name, status) => page.locator(`[data-step="${name}"][data-status="${status}"]`).waitFor(PATIENCE);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const send = (name) => dialog().getByRole('button', { name, exact: true });

async function fill(server) {
  for (const text of [REPORT, RELEASE, WAITING]) await server.push(text);
  const failed = await server.startPipeline('nightly-report', 'monday', { note: 'on Monday', fails: true });
  await server.until(failed, 'FAILED');
  return failed;
}

const journey = stage((it) => ({ server, page, filled: failed } = it), { fill, timeout: 180_000 });

journey('the instances of a task are listed by their state', async () => {
  await open(failed, '?step=parts');
  const instances = page.getByRole('region', { name: 'Instances' });
  await instances.getByRole('button', { name: '2', exact: true }).waitFor(PATIENCE);
  await instances.getByLabel('State').selectOption('failed');
  await instances.getByText('No instance is in this state.').waitFor(PATIENCE);
  await instances.getByLabel('State').selectOption('success');
  await instances.getByRole('button', { name: '0', exact: true }).waitFor(PATIENCE);
  await inBothThemes(page, async () => {
    await page.reload();
    await instances.getByRole('button', { name: '0', exact: true }).waitFor(PATIENCE);
  });
});

journey('a task that failed is marked, and the run goes on; the dialog has it as a command', async () => {
  await open(failed, '?step=check');
  await step('check', 'failed');
  await button('Mark…').click();
  await dialog().getByLabel('Output, JSON').fill('{');
  assert.equal(await send('Mark').isDisabled(), true);
  await dialog().getByLabel('Output, JSON').fill('{}');
  await dialog().getByLabel('Reason').fill('checked by hand');
  await dialog().getByText('As a command').click();
  await dialog().getByText(`compasso mark ${failed} check success`).waitFor(PATIENCE);
  await checkAccess(page);
  await send('Mark').click();
  await step('check', 'succeeded');
  await step('tell', 'succeeded');
});

journey('a run that waits for a signal gets one', async () => {
  const run = await server.startPipeline('delivery', 'first');
  await open(run);
  await step('arrived', 'waiting');
  await button('Signal…').click();
  await dialog().getByLabel('Name').fill('arrived');
  await dialog().getByLabel('Payload, JSON').fill('{"boxes": 3}');
  await checkAccess(page);
  await send('Send').click();
  await step('unpack', 'succeeded');
});

journey('a decision can be taken back before it is sent', async () => {
  const run = await server.startPipeline('release', 'orders-4.2');
  await page.goto(`${server.url}/approvals`);
  const inspector = page.getByRole('complementary', { name: 'Approval' });
  await inspector.getByLabel('window').selectOption('now');
  await inspector.getByRole('button', { name: /Approve/ }).click();
  await inspector.getByRole('status').getByText('Sent in five seconds.').waitFor(PATIENCE);
  await checkAccess(page);
  await page.keyboard.press('u');
  await inspector.getByRole('button', { name: /Approve/ }).click(PATIENCE);
  await inspector.waitFor({ state: 'detached', ...PATIENCE });
  await server.until(run, 'SUCCEEDED');
});

journey('a connection is made, tried out with a real call, and deleted when nobody uses it', async () => {
  await page.goto(`${server.url}/secrets`);
  await button('New connection…').click();
  await dialog().getByLabel('Name').fill('shop');
  await dialog().getByLabel('Header').fill('X-Key');
  await dialog().getByLabel('Key').last().fill('very secret');
  await checkAccess(page);
  await send('Keep').click();
  await button('Test shop').click(PATIENCE);
  await dialog().getByText('No workflow uses it.').waitFor(PATIENCE);
  await dialog().getByLabel('Address').fill('https://localhost:9/nobody');
  await send('Call').click();
  const outcome = dialog().getByRole('status', { name: 'What came back' });
  await outcome.waitFor(PATIENCE);
  assert.match(await outcome.innerText(), /localhost|connect|refused/i);
  await checkAccess(page);
  await send('Leave it').click();
  await button('Delete shop').click();
  await dialog().getByText('No workflow uses it.').waitFor(PATIENCE);
  await send('Delete').click();
  await button('Test shop').waitFor({ state: 'detached', ...PATIENCE });
});

journey('iterations of a Map state are listed by their state, and lead to their events', async () => {
  const states = {
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: {
        StartAt: 'Look',
        States: {
          Look: { Type: 'Choice', Choices: [{ Variable: '$', NumericGreaterThan: 8, Next: 'Bad' }], Default: 'Good' },
          Good: { Type: 'Pass', End: true },
          Bad: { Type: 'Task', Resource: PROCESS, Parameters: { Command: ['sh', '-c', 'echo too large >&2; exit 3'] }, End: true },
        },
      },
      End: true,
    },
  };
  const id = await server.run(await server.create('iterated', states), 'one', { items: [7, 8, 9] });
  await server.until(id, 'FAILED');
  await open(id, '?step=Each');
  const counts = page.getByRole('group', { name: 'Counts' });
  await counts.getByRole('button', { name: '3 all' }).waitFor(PATIENCE);
  const iterations = page.getByRole('table', { name: 'Iterations' });
  await counts.getByRole('button', { name: '1 Failed', pressed: true }).waitFor(PATIENCE);
  await iterations.getByRole('row').nth(1).getByText('Failed').waitFor(PATIENCE);
  await iterations.getByRole('button', { name: '2', exact: true }).click();
  const one = page.getByRole('region', { name: 'Iteration 2' });
  await one.getByText('too large').waitFor(PATIENCE);
  await checkAccess(page);
  await one.getByRole('link', { name: 'Its events' }).click();
  await page.getByRole('complementary').getByRole('heading', { name: 'MapIterationStarted' }).waitFor(PATIENCE);
});

journey('the iterations of a Map state are counted by their state as they go, and the counts choose which are listed', async () => {
  const states = {
    Each: {
      Type: 'Map',
      MaxConcurrency: 2,
      ItemProcessor: {
        StartAt: 'Look',
        States: {
          Look: { Type: 'Choice', Choices: [{ Variable: '$', NumericLessThan: 2, Next: 'Good' }], Default: 'Stay' },
          Good: { Type: 'Pass', End: true },
          Stay: { Type: 'Wait', Seconds: 3_600, End: true },
        },
      },
      End: true,
    },
  };
  const id = await server.run(await server.create('counted', states), 'one', [0, 1, 2, 3, 4]);
  await open(id, '?step=Each');
  const counts = page.getByRole('group', { name: 'Counts' });
  for (const name of ['5 all', '2 Running', '1 Queued', '2 Succeeded']) {
    await counts.getByRole('button', { name }).waitFor(PATIENCE);
  }
  const rows = page.getByRole('table', { name: 'Iterations' }).getByRole('row');
  await counts.getByRole('button', { name: '2 Running' }).click();
  await rows.nth(2).getByText('Waiting').waitFor(PATIENCE);
  assert.equal(await rows.count(), 3, 'those two, below the heads of the columns');
  await inBothThemes(page);
  await counts.getByRole('button', { name: '1 Queued' }).click();
  await page.getByText('These have not begun.').waitFor(PATIENCE);
  await counts.getByRole('button', { name: '2 Succeeded' }).click();
  await rows.nth(2).getByText('Succeeded').waitFor(PATIENCE);
});

journey('steps are found over all runs, and lead to their run', async () => {
  const run = await server.startPipeline('nightly-report', 'tuesday', { note: 'on Tuesday', fails: true });
  await server.until(run, 'FAILED');
  await page.goto(`${server.url}/runs`);
  await page.getByRole('group', { name: 'Show' }).getByRole('button', { name: 'Steps' }).click();
  const steps = page.getByRole('table', { name: 'Steps' });
  await page.getByLabel('State of the step').selectOption('Failed');
  await steps.getByRole('link', { name: 'check' }).first().waitFor(PATIENCE);
  assert.equal(await steps.getByRole('row').filter({ hasText: 'Succeeded' }).count(), 0);
  await page.getByLabel('Order').selectOption('Longest first');
  await page.reload();
  await steps.getByRole('link', { name: 'check' }).first().waitFor(PATIENCE);
  await checkAccess(page);
  await page.getByRole('textbox', { name: 'Name' }).fill('no such step');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'No step fits' }).waitFor(PATIENCE);
  await page.goBack();
  await steps.getByRole('link', { name: 'check' }).first().click();
  await page.getByRole('complementary', { name: 'Task check' }).waitFor(PATIENCE);
});
