// What goes on beside the tasks of a run, and what its list and its timeline say of tasks; the real program and a browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

const ORDERS = `
pipeline: orders
saga: {on: [failure]}
tasks:
  book: {noop: true, compensate: {run: 'exit 3', retry: {max: 5, delay: 1h}}}
  shops:
    needs: book
    tasks:
      pack: {noop: true}
  ship: {needs: shops, uses: fail, with: {error: NoTruck}}
  tell: {needs: ship, noop: true}
`;
const HOOKED = `
pipeline: hooked
hooks: {on_failure: [{uses: fail, with: {error: NoPager}}]}
tasks:
  load: {uses: fail, with: {error: NoData}, hooks: {on_failure: [{run: 'exit 4', retry: {max: 5, delay: 1h}}]}}
`;
const HELD = `
pipeline: held
tasks:
  first: {noop: true}
  area:
    tasks:
      one: {noop: true}
`;
const MARKED = 'pipeline: marked\ntasks: {check: {uses: fail, with: {error: NoData}}}\n';
const RESTS = 'pipeline: rests\ntasks: {nap: {wait: 1h}}\n';

async function fill(server) {
  await server.push([ORDERS, HOOKED, HELD, MARKED, RESTS].join('---\n'));
  const [orders, hooked] = [await server.startPipeline('orders', 'one'), await server.startPipeline('hooked', 'one')];
  await server.startPipeline('rests', 'one');
  const { id: held } = await server.rest('POST', '/pipelines/held/runs', { name: 'one', hold: true });
  const marked = await server.startPipeline('marked', 'one');
  await server.until(marked, 'FAILED');
  return { orders, hooked, held, marked };
}

let server;
let page;
let filled;
const journey = stage((it) => ({ server, page, filled } = it), { fill });

const go = (run, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(run)}${search}`);
const beside = (text) => page.getByRole('list', { name: 'Beside its tasks' }).getByText(text).waitFor(PATIENCE);

journey('a run tells what it undoes, and why that did not do', async () => {
  await go(filled.orders);
  await beside('Undoing book');
  await beside(/^Attempt 1$/);
  await beside(/Next attempt/);
  await beside(/Exit\.3/);
  await inBothThemes(page);
});

journey('a run tells the hooks that keep it open', async () => {
  await go(filled.hooked);
  await beside('Hook load (on_failure)');
  await beside(/Exit\.4/);
});

journey('a run whose group is held says that it is blocked, in its head as in the list', async () => {
  await server.rest('POST', `/runs/${encodeURIComponent(filled.held)}/tasks/first/skip`, {});
  await go(filled.held);
  await page.locator('.run-head .facts').getByText('Blocked', { exact: true }).waitFor(PATIENCE);
});

journey('a task that was marked tells by whom, and why', async () => {
  await server.rest('POST', `/runs/${encodeURIComponent(filled.marked)}/tasks/check/mark`, { state: 'success', reason: 'it is fine' });
  await go(filled.marked, '?step=check');
  await page.getByText(/Marked by .*: it is fine/).waitFor(PATIENCE);
});

journey('the list of steps has the order of the file, and groups before their tasks', async () => {
  await go(filled.orders, '?as=list');
  const steps = page.getByRole('list', { name: 'Steps', exact: true });
  await steps.getByRole('button', { name: 'tell' }).waitFor(PATIENCE);
  assert.deepEqual(await steps.locator('.row-link').allTextContents(), ['book', 'shops', 'pack', 'ship', 'tell']);
});

journey('a task that never began has no time in the timeline', async () => {
  await go(filled.orders, '?tab=timeline');
  const row = page.getByRole('row').filter({ hasText: 'tell' });
  await row.getByText('–', { exact: true }).waitFor(PATIENCE);
});

journey('the list of pipelines says of one whose runs wait that it does', async () => {
  await page.goto(`${server.url}/pipelines`);
  const row = page.getByRole('row').filter({ hasText: 'rests' });
  await row.getByText('Waiting', { exact: true }).waitFor(PATIENCE);
});
