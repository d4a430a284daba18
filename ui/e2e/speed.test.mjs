// How much work pages are for a browser. It is counted in processor time of the page's main thread, not in
// time that passes: what else the machine does makes no difference.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE, stage } from './stage.mjs';
import { flat, large, MANY, manyItems, watched } from './workflows.mjs';

/** Most rows of a list that are there at once. */
const ROWS_MAX = 80;
const LINES = 100_000;
const RUNS = 90;

let server;
let browser;

const journey = stage((it) => ({ server, browser } = it), { timeout: 300_000 });
const address = (id, search = '') => `${server.url}/runs/${encodeURIComponent(id)}${search}`;

/** Opens an empty page, and returns it with a way to ask how long its main thread has worked, in milliseconds. */
async function measured() {
  const page = await browser.open('about:blank');
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
  };
  return { page, worked };
}

/** Demands that something takes no more of the main thread than this. */
async function within(most, what, worked, act) {
  const before = await worked();
  await act();
  const took = (await worked()) - before;
  console.log(`${what}: ${took.toFixed(0)} ms of ${most}`);
  assert.ok(took <= most, `${what} took ${took.toFixed(0)} ms of the processor`);
}

async function finished(name, states, input) {
  const id = await server.run(await server.create(name, states), 'one', input);
  await server.until(id, 'SUCCEEDED');
  return id;
}

journey('five hundred states open quickly, folded and drawn one by one', async () => {
  for (const [what, states, seen, most] of [
    ['500 states, folded', large(50), 'Block 0', 600],
    ['500 states, all drawn', flat(500), 'State 0', 1_000],
  ]) {
    const id = await finished(what.replace(/\W+/g, '-'), states);
    const { page, worked } = await measured();
    await within(most, what, worked, async () => {
      await page.goto(address(id));
      await page.locator(`[data-step="${seen}"][data-status="succeeded"]`).waitFor(PATIENCE);
    });
    await page.close();
  }
});

journey('ten steps that change are drawn, and nothing else', async () => {
  const gate = join(server.directory, 'open');
  const id = await server.run(await server.create('watched', watched(gate)), 'one');
  const { page, worked } = await measured();
  await page.goto(address(id, '?step=Branch+9'));
  await page.locator('[data-step="Branch 9"][data-status="not_reached"]').waitFor(PATIENCE);
  await page.getByRole('status').getByText('Live').waitFor(PATIENCE);
  // What the page begins with is done.
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  // A run under way tells every second how long it has taken: that goes on beside, and is counted as well.
  await within(100, 'ten steps change', worked, async () => {
    writeFileSync(gate, '');
    await page.locator('[data-step="Branch 9"][data-status="succeeded"]').waitFor(PATIENCE);
  });
  await page.close();
});

journey('a log of many lines is gone through quickly', async () => {
  await server.push(`
pipeline: talkative
tasks: {talk: {run: seq ${LINES}}}
`);
  const id = await server.startPipeline('talkative', 'one');
  await server.until(id, 'SUCCEEDED');
  const { page, worked } = await measured();
  await page.goto(address(id, '?tab=logs'));
  const lines = page.getByRole('log', { name: 'Lines' });
  await lines.getByText(String(LINES), { exact: true }).last().waitFor(PATIENCE);
  const jump = (to) => lines.evaluate((element, to) => element.scrollTo(0, to === 'end' ? element.scrollHeight : 0), to);
  await within(100, 'a jump to the first line', worked, async () => {
    await jump('beginning');
    await lines.locator('[data-index="0"]').waitFor(PATIENCE);
  });
  await within(100, 'a jump to the last line', worked, async () => {
    await jump('end');
    await lines.locator(`[data-index="${LINES - 1}"]`).waitFor(PATIENCE);
  });
  assert.ok((await lines.locator('.log-line').count()) <= ROWS_MAX);
  await page.close();
});

journey('a list of many runs has few rows at once', async () => {
  const machine = await server.create('often', { Only: { Type: 'Succeed' } });
  for (let at = 0; at < RUNS; at += 1) await server.run(machine, `run-${at}`);
  const { page, worked } = await measured();
  await within(600, 'a list of runs', worked, async () => {
    await page.goto(`${server.url}/runs`);
    await page.locator('.row-link').first().waitFor(PATIENCE);
  });
  await page.locator('.table-body').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.getByRole('link', { name: 'run-0', exact: true }).waitFor(PATIENCE);
  assert.ok((await page.getByRole('row').count()) <= ROWS_MAX);
  await page.close();
});

journey('a Map of ten thousand iterations and its history stay easy to use', async () => {
  const id = await finished('many', manyItems, { items: Array.from({ length: MANY }, (_, at) => at) });
  const { page, worked } = await measured();
  await within(600, `a Map of ${MANY} iterations`, worked, async () => {
    await page.goto(address(id));
    await page.locator('[data-step="Each"][data-status="succeeded"]').waitFor(PATIENCE);
  });
  assert.match(await page.locator('[data-step="Work"]').innerText(), /×10/);
  await page.getByRole('tab', { name: 'Events' }).click();
  const events = page.getByRole('table', { name: 'Events' });
  await events.getByRole('button', { name: 'ExecutionStarted' }).waitFor(PATIENCE);
  assert.ok(Number(await events.getAttribute('aria-rowcount')) > 4 * MANY);
  assert.ok((await events.getByRole('row').count()) <= ROWS_MAX);
  await page.close();
});
