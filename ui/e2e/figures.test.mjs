// Failures by state and error, and how steps went over runs: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const PARTS = `
pipeline: parts
tasks:
  read: {noop: true}
  each_part:
    needs: read
    each: [north, south, west, east]
    tolerate: 4
    run: 'case "\${{ item }}" in north|south) echo locked >&2; exit 3;; west) exit 4;; esac'
`;

/** Fails in one of two states, or goes well. */
const WAREHOUSE = {
  Look: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.stock', StringEquals: 'none', Next: 'Sold out' },
      { Variable: '$.stock', StringEquals: 'locked', Next: 'Locked' },
    ],
    Default: 'Pack',
  },
  'Sold out': { Type: 'Fail', Error: 'NoStock', Cause: 'nothing is left' },
  Locked: { Type: 'Fail', Error: 'NoStock', Cause: 'the shelf is locked' },
  Pack: { Type: 'Succeed' },
};

async function fill(server) {
  const machine = await server.create('warehouse', WAREHOUSE);
  for (const [name, stock] of Object.entries({ one: 'none', two: 'locked', three: 'none', four: 'plenty' })) {
    await server.until(await server.run(machine, name, { stock }), stock === 'plenty' ? 'SUCCEEDED' : 'FAILED');
  }
  await server.push(PARTS);
  const run = await server.startPipeline('parts', 'first');
  await server.until(run, 'SUCCEEDED');
  return { machine, run };
}

let server;
let page;
let filled;
const journey = stage((it) => ({ server, page, filled } = it), { fill });

const go = (path) => page.goto(server.url + path);
const rows = () => page.locator('.table-body .row');
const heat = (step, words) => page.locator(`[data-step="${step}"][data-heat="${words}"]`).waitFor(PATIENCE);

journey('the overview groups failures by the step, and leads from a group to its runs', async () => {
  await go('/overview');
  const attention = page.getByRole('region', { name: 'Needs attention' });
  const group = attention.getByRole('listitem').filter({ hasText: 'at “Sold out”' });
  await group.getByText('2 runs failed like this').waitFor(PATIENCE);
  assert.equal(await attention.getByRole('listitem').filter({ hasText: 'at “Locked”' }).count(), 1);
  await group.getByRole('link', { name: 'Show them' }).click();
  await rows().nth(1).waitFor(PATIENCE);
  assert.deepEqual(await rows().locator('[role=cell]:nth-child(4)').allInnerTexts(), ['three', 'one']);
  assert.equal(await page.getByRole('searchbox').or(page.getByLabel('Error')).first().inputValue(), 'NoStock');
});

journey('the graph of a workflow shows how its steps went, and why they failed', async () => {
  await go(`/workflows/${encodeURIComponent(filled.machine)}?tab=graph`);
  await heat('Sold out', '100\u2009%');
  await heat('Look', '0\u2009%');
  await heat('Pack', '0\u2009%');
  const show = page.getByLabel('Show');
  await show.selectOption('runs');
  await heat('Look', '4');
  await heat('Sold out', '2');
  assert.match(page.url(), /heat=runs/, 'the address says what is shown');
  await page.reload();
  await heat('Look', '4');
  await page.locator('[data-step="Sold out"] .step-face').click();
  await page.getByRole('region', { name: 'Step', exact: true }).getByText('Failed').waitFor(PATIENCE);
  const failures = page.getByRole('region', { name: 'Failures by step' });
  await failures.getByText('NoStock at “Sold out”').waitFor(PATIENCE);
  await inBothThemes(page);
  await failures.getByRole('listitem').filter({ hasText: 'Sold out' }).getByRole('link', { name: '2 runs' }).click();
  await rows().nth(1).waitFor(PATIENCE);
  assert.equal(await rows().count(), 2);
});

journey('the graph of a pipeline does the same', async () => {
  await go('/pipelines/parts?tab=graph&heat=runs');
  await heat('each_part', '1');
  await inBothThemes(page);
});

journey('instances that failed alike stand together, and can be looked at alone', async () => {
  await go(`/runs/${encodeURIComponent(filled.run)}?step=each_part`);
  const inspector = page.getByRole('complementary', { name: 'Task each_part' });
  const alike = inspector.getByRole('group', { name: 'Failed alike' }).getByRole('button');
  await alike.nth(1).waitFor(PATIENCE);
  assert.deepEqual(await alike.locator('b').allInnerTexts(), ['×2', '×1']);
  const keys = () => inspector.locator('.table-body .row [role=cell]:first-child').allInnerTexts();
  assert.equal((await keys()).length, 3, 'those that failed are shown first');
  await alike.first().click();
  await inspector.locator('.table-body .row').nth(2).waitFor({ state: 'detached', ...PATIENCE });
  // The list is empty until its new rows come.
  await inspector.locator('.table-body .row').nth(1).waitFor(PATIENCE);
  assert.equal((await keys()).length, 2);
  await inBothThemes(page);
  await alike.first().click();
  await inspector.locator('.table-body .row').nth(2).waitFor(PATIENCE);
});
