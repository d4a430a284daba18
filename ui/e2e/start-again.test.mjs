// Another run like one before, and what a redrive does told before it does it; the real program and a browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

/** Fails for large totals. */
const CHECKED = {
  Count: { Type: 'Pass', Result: { counted: true }, ResultPath: '$.count', Next: 'Both' },
  Both: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Note', States: { Note: { Type: 'Pass', End: true } } },
      {
        StartAt: 'Check',
        States: {
          Check: { Type: 'Choice', Choices: [{ Variable: '$.total', NumericGreaterThan: 500, Next: 'Refuse' }], Default: 'Accept' },
          Refuse: { Type: 'Fail', Error: 'TooMuch' },
          Accept: { Type: 'Succeed' },
        },
      },
    ],
    End: true,
  },
};

const CHAIN = `
pipeline: chain
params: {limit: {type: integer, default: 1}}
tasks:
  read: {noop: true}
  load: {needs: read, run: 'test \${{ params.limit }} -lt 5'}
  tell: {needs: load, noop: true}
  other: {noop: true}
`;

async function fill(server) {
  const run = await server.run(await server.create('checked', CHECKED), 'large', { total: 620 });
  await server.until(run, 'FAILED');
  await server.push(CHAIN);
  const chain = await server.startPipeline('chain', 'limited', { limit: 7 });
  await server.until(chain, 'FAILED');
  const good = await server.startPipeline('chain', 'within');
  await server.until(good, 'SUCCEEDED');
  return { run, chain, good };
}

let server;
let page;
let filled;
const journey = stage((it) => ({ server, page, filled } = it), { fill });

const go = (run, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(run)}${search}`);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const inDialog = (name) => dialog().getByRole('button', { name, exact: true });
const head = (text) => page.locator('.run-head').getByText(text, { exact: false }).first().waitFor(PATIENCE);
const leaves = (run) => page.waitForURL((url) => !url.pathname.endsWith(encodeURIComponent(run)), PATIENCE);
const input = () => dialog().getByLabel('Input, JSON');

journey('a run starts again with another input', async () => {
  await go(filled.run);
  await button('Start again…').click(PATIENCE);
  assert.deepEqual(JSON.parse(await input().inputValue()), { total: 620 }, 'it begins with what it had');
  await input().fill('{"total": ');
  assert.equal(await inDialog('Start').isDisabled(), true, 'it is no JSON');
  await input().fill('{"total": 62}');
  await dialog().getByLabel('Name').fill('small');
  await inBothThemes(page);
  await inDialog('Start').click();
  await page.getByRole('heading', { name: 'small' }).waitFor(PATIENCE);
  await head('Succeeded');
  await head('runs large again');
  await page.locator('.run-head').getByRole('link', { name: 'large' }).click();
  await head('started again as small');
});

journey('a run starts again at a step, with the input that the step had', async () => {
  await go(filled.run, '?step=Check');
  await button('Start again…').click(PATIENCE);
  assert.equal(await dialog().getByLabel('At the selected step', { exact: false }).isDisabled(), true, 'nothing begins within a Parallel');
  await inDialog('Leave it').click();
  await go(filled.run, '?step=Both');
  await button('Start again…').click(PATIENCE);
  await dialog().getByLabel('At “Both”').check();
  await page.waitForFunction(() => document.querySelector('dialog textarea').value.includes('counted'));
  await input().fill('{"total": 1}');
  await dialog().getByText('As a command').click();
  await dialog().getByText(/compasso copy .* --from Both/).waitFor(PATIENCE);
  await inDialog('Start').click();
  await leaves(filled.run);
  await head('Succeeded');
  await page.locator('[data-step="Count"][data-status="not_reached"]').waitFor(PATIENCE);
});

journey('a redrive tells where the run goes on before it does', async () => {
  await go(filled.run);
  await button('Redrive…').click(PATIENCE);
  await dialog().getByText(/It goes on at: .*Refuse/).waitFor(PATIENCE);
  await inBothThemes(page);
  await inDialog('Leave it').click();
});

journey('what failed is pressed on first, by the same words for state machines and pipelines', async () => {
  for (const run of [filled.run, filled.chain]) {
    await go(run);
    await button('Redrive…').and(page.locator('.primary')).waitFor(PATIENCE);
    await button('Start again…').waitFor(PATIENCE);
    assert.equal(await page.locator('.run-head button.primary').count(), 1);
  }
  await go(filled.good);
  await button('Start again…').waitFor(PATIENCE);
  assert.equal(await page.locator('.run-head button.primary').count(), 0, 'nothing needs to go on');
});

journey('a redrive of a pipeline tells which tasks run again, and another run of it begins with other params', async () => {
  await go(filled.chain, '?step=read');
  await button('Redrive…').click(PATIENCE);
  await dialog().getByText('2 tasks run again: load, tell').waitFor(PATIENCE);
  await dialog().getByLabel('read, and all that comes after it').check();
  await dialog().getByText('3 tasks run again: read, load, tell').waitFor(PATIENCE);
  await dialog().getByLabel('Only read').check();
  await dialog().getByText('1 task runs again: read').waitFor(PATIENCE);
  await inDialog('Leave it').click();
  await button('Start again…').click();
  await dialog().getByText('Change params').click();
  await dialog().getByLabel('limit').fill('2');
  await inBothThemes(page);
  await inDialog('Start').click();
  await leaves(filled.chain);
  await head('Succeeded');
});

journey('the counts of a run show its steps by their status, and a folded container what is in it', async () => {
  await go(filled.run);
  await page.locator('.counts').getByRole('link', { name: 'Failed' }).click();
  const steps = page.getByRole('list', { name: 'Steps', exact: true });
  await steps.getByRole('button', { name: 'Refuse' }).waitFor(PATIENCE);
  assert.equal(await steps.getByRole('button', { name: 'Count' }).count(), 0);
  assert.match(page.url(), /only=failed/);
  await inBothThemes(page);
  await button('All states').click();
  await steps.getByRole('button', { name: 'Count' }).waitFor(PATIENCE);
  await button('Graph').click();
  await button('Close Both').click();
  const inside = page.locator('[data-step="Both"] .step-inside > span');
  assert.deepEqual(await inside.evaluateAll((all) => all.map(({ title }) => title)), ['Failed: 1', 'Succeeded: 2']);
  await inBothThemes(page);
});
