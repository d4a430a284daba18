// A run of a pipeline whose tasks run for many items, wait, fail and are undone: what each part of its page tells.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const SHOPS = `
pipeline: shops
saga: {}
tasks:
  book:
    run: "true"
    compensate: {run: "true"}
  visit:
    needs: book
    each: [north, south, east]
    fail_fast: false
    run: 'test \${{ item }} != south || { echo "no truck" >&2; exit 9; }'
  areas:
    needs: visit
    when: all_done
    each: [left, right]
    tasks:
      load: {run: "exit 3"}
hooks:
  on_failure: [{run: "true"}]
`;
const HELD = `
pipeline: held
tasks:
  nap: {wait: 1h}
  one: {needs: nap, noop: true}
  two: {needs: nap, noop: true}
`;
const ASKED = `
pipeline: asked
tasks:
  gate:
    approve:
      message: Go?
      form:
        percent: {type: integer, minimum: 1, maximum: 100, required: true}
`;

let server;
let page;
let filled;

async function fill(server) {
  for (const text of [SHOPS, HELD, ASKED]) await server.push(text);
  const failed = await server.startPipeline('shops', 'failed');
  const held = await server.startPipeline('held', 'held');
  await server.startPipeline('asked', 'asked');
  await server.until(failed, 'FAILED');
  return { failed, held };
}

const journey = stage((it) => ({ server, page, filled } = it), { fill });
const open = (id, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(id)}${search}`);
const button = (name) => page.getByRole('button', { name, exact: true });

journey('the graph counts how the instances of a task and of a group ended', async () => {
  await open(filled.failed);
  const told = (step) => page.locator(`[data-step="${step}"] .step-inside > span`);
  await told('visit').first().waitFor(PATIENCE);
  assert.deepEqual(await told('visit').evaluateAll((all) => all.map(({ title }) => title)), ['Failed: 1', 'Succeeded: 2']);
  assert.equal(await told('areas').count(), 0, 'all ended alike');
  await inBothThemes(page);
});

journey('instances are listed by their items, and one leads to its log and is marked', async () => {
  await open(filled.failed, '?step=visit&items=all');
  const rows = page.getByRole('table', { name: 'Instances' }).getByRole('row');
  await rows.nth(3).waitFor(PATIENCE);
  assert.match(await rows.nth(0).innerText(), /Item/);
  assert.match(await rows.nth(2).innerText(), /south/);
  await rows.nth(2).getByRole('button', { name: '1', exact: true }).click();
  const one = page.getByRole('region', { name: 'visit[1]' });
  await one.getByText('Exit.9').waitFor(PATIENCE);
  await inBothThemes(page);
  await one.getByRole('link', { name: 'Its log' }).click();
  await page.getByRole('button', { name: 'Follow' }).waitFor(PATIENCE);
  await page.getByText('no truck').first().waitFor(PATIENCE);
  assert.equal(await page.getByRole('combobox', { name: 'Step', exact: true }).inputValue(), 'visit[1]');
  await page.goBack();
  await rows.nth(2).getByRole('button', { name: '1', exact: true }).click(PATIENCE);
  await one.getByRole('button', { name: 'Mark…' }).click();
  await page.getByRole('dialog', { name: /visit\[1\]/ }).waitFor(PATIENCE);
  await page.keyboard.press('Escape');
});

journey('a group that failed shows no output', async () => {
  await open(filled.failed, '?step=areas');
  const inspector = page.getByRole('complementary', { name: 'Task areas' });
  await inspector.getByText('Exit.3').first().waitFor(PATIENCE);
  assert.equal(await inspector.getByText('Output', { exact: true }).count(), 0);
});

journey('the entries of a pipeline end where its tasks do, and what undoes them and its hooks have their own', async () => {
  await open(filled.failed, '?tab=events&rows=compact');
  const rows = page.getByRole('table', { name: 'Events' }).getByRole('row');
  await rows.filter({ hasText: '(on_failure)' }).waitFor(PATIENCE);
  const steps = await rows.evaluateAll((all) => all.slice(1).map((row) => row.querySelector('.row-link').textContent));
  assert.deepEqual(steps, ['book', 'visit', 'areas', 'book (compensate)', '(on_failure)']);
});

journey('what only waits is outlined in the timeline', async () => {
  await open(filled.held, '?tab=timeline');
  await page.getByRole('img', { name: /^nap: / }).locator('.timeline-bar.waiting.open').waitFor(PATIENCE);
});

journey('the other tasks are held where one is, and a held one is skipped', async () => {
  await open(filled.held, '?step=one');
  const inspector = page.getByRole('complementary', { name: 'Task one' });
  await inspector.getByRole('button', { name: 'Hold', exact: true }).click(PATIENCE);
  await button('Release all tasks').waitFor(PATIENCE);
  await button('Hold all tasks').click();
  await button('Hold all tasks').waitFor({ state: 'detached', ...PATIENCE });
  await button('Release all tasks').waitFor(PATIENCE);
  await inspector.getByRole('button', { name: 'Skip', exact: true }).click();
  await inspector.getByText('It will be skipped').waitFor(PATIENCE);
});

journey('an answer beyond its limits is refused at its field', async () => {
  await page.goto(`${server.url}/approvals`);
  await page.getByLabel('percent').fill('500', PATIENCE);
  await page.getByText('It must be at most 100.').waitFor(PATIENCE);
  assert.equal(await page.getByRole('button', { name: /^Approve/ }).isDisabled(), true);
  await inBothThemes(page);
  await page.getByLabel('percent').fill('50');
  await page.getByText('It must be at most 100.').waitFor({ state: 'detached', ...PATIENCE });
  assert.equal(await page.getByRole('button', { name: /^Approve/ }).isDisabled(), false);
});
