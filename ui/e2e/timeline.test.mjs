// The timeline of a run: zoomed, folded, and compared with earlier runs; the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';
import { PROCESS } from './workflows.mjs';

const LATER = { First: { Type: 'Pass', Next: 'Rest' }, Rest: { Type: 'Wait', Seconds: 1, Next: 'Last' }, Last: { Type: 'Succeed' } };

/** Fails, and is tried once more after a second. */
const TRIED = {
  Try: {
    Type: 'Task',
    Resource: PROCESS,
    Parameters: { Command: ['false'] },
    Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
    End: true,
  },
};

const GATED = `
pipeline: gated
tasks:
  before: {run: "true"}
  after: {needs: before, run: "true"}
`;

async function fill(server) {
  await server.push(GATED);
  const { id: held } = await server.rest('POST', '/pipelines/gated/runs', { name: 'held', hold: true });
  // It is held for as long as these take: most of its time nothing happens in it.
  const machine = await server.create('later', LATER);
  const runs = [];
  for (const name of ['one', 'two']) runs.push(await server.run(machine, name));
  for (const run of runs) await server.until(run, 'SUCCEEDED');
  await server.rest('POST', `/runs/${encodeURIComponent(held)}/release`, {});
  await server.until(held, 'SUCCEEDED');
  const tried = await server.run(await server.create('tried', TRIED), 'twice');
  await server.until(tried, 'FAILED');
  return { run: runs[1], held, tried };
}

let server;
let page;
let filled;
const journey = stage((it) => ({ server, page, filled } = it), { fill });

const go = (run, search) => page.goto(`${server.url}/runs/${encodeURIComponent(run)}?tab=timeline${search}`);
const bar = (step) => page.getByRole('img', { name: new RegExp(`^${step}: `) });
const button = (name) => page.getByRole('button', { name, exact: true });
const place = async (step) => (await bar(step).locator('.timeline-bar').first().boundingBox()).x;

journey('a window is dragged over the axis, stands in the address, and is left again', async () => {
  await go(filled.run, '');
  await bar('Rest').waitFor(PATIENCE);
  await bar('Last').waitFor(PATIENCE);
  const { x, y, width, height } = await page.locator('.axis').boundingBox();
  await page.mouse.move(x + width * 0.25, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.75, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await bar('Last').waitFor({ state: 'detached', ...PATIENCE });
  assert.match(page.url(), /from=\d+&to=\d+/);
  await page.reload();
  await bar('Rest').waitFor(PATIENCE);
  assert.equal(await bar('Last').count(), 0, 'what is outside of the window is left out');
  await button('Whole run').click();
  await bar('Last').waitFor(PATIENCE);
  assert.equal(await button('Whole run').isDisabled(), true);
  await button('Zoom in').click();
  await page.waitForURL(/from=\d+&to=\d+/);
  await button('Zoom out').click();
  await bar('Last').waitFor(PATIENCE);
});

journey('a step is compared with how long it usually takes', async () => {
  await go(filled.run, '');
  await page.getByRole('img', { name: /^Rest: .*half of the latest runs took up to/ }).waitFor(PATIENCE);
  await bar('First').locator('.timeline-usual').waitFor(PATIENCE);
  await inBothThemes(page);
});

journey('the attempts of a step stand apart from the time between them', async () => {
  await go(filled.tried, '');
  await bar('Try').locator('.timeline-bar.attempt').nth(1).waitFor(PATIENCE);
  assert.equal(await bar('Try').locator('.timeline-bar.attempt').count(), 2);
  const width = async (kind) => (await bar('Try').locator(`.timeline-bar.${kind}`).first().boundingBox()).width;
  assert.ok((await width('waiting')) > (await width('attempt')), 'it waited for a second');
  await inBothThemes(page);
});

journey('a long idle stretch is folded, and unfolded', async () => {
  await go(filled.held, '');
  await bar('before').waitFor(PATIENCE);
  const fold = page.getByRole('checkbox', { name: /Fold idle time/ });
  assert.equal(await fold.isChecked(), true, 'most of the run is idle');
  const folded = await place('before');
  await fold.click();
  await page.waitForURL(/idle=shown/);
  assert.ok((await place('before')) > folded + 100, 'the bar begins where it did');
  await fold.click();
  await page.waitForURL(/idle=folded/);
  assert.equal(await place('before'), folded);
  await inBothThemes(page);
});
