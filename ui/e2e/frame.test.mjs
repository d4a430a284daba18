// What stands around pages: how they come, where the focus is, what is found, and that nothing moves under the pointer.
import assert from 'node:assert/strict';
import { seed } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let browser;
let page;
let seeded;

const fill = async (server) => {
  const seeded = await seed(server);
  await server.create('each-order', { only: { Type: 'Pass', End: true } });
  const large = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`Step ${at}`, { Type: 'Pass', ...(at < 119 ? { Next: `Step ${at + 1}` } : { End: true }) }]));
  const long = await server.run(await server.create('a-long-chain', large), 'all-the-way');
  await server.until(long, 'SUCCEEDED');
  return { ...seeded, long };
};
const journey = stage((it) => ({ server, browser, page, filled: seeded } = it), { fill, timeout: 300_000 });

const go = (path) => page.goto(server.url + path);
const of = (run) => `/runs/${encodeURIComponent(run)}`;
const button = (name) => page.getByRole('button', { name, exact: true });
const focused = () => page.evaluate(() => document.activeElement.innerText || document.activeElement.name);
const focusIs = (text) => page.waitForFunction((wanted) => document.activeElement.innerText === wanted, text, PATIENCE);

// Those of `addresses` are opened by other tests.
journey('each other page opens by its address, that of a draft too', async () => {
  const { id: draft } = await server.rest('POST', '/drafts', { kind: 'PIPELINE', name: 'fresh', text: 'pipeline: fresh\ntasks: {only: {noop: true}}\n' });
  const pages = [
    [`/studio/${draft}`, '[data-step]'], ['/jobs', '.empty, .row'], [`/workflows/${encodeURIComponent(seeded.machine)}`, '.row-link'],
    ['/settings?tab=audit', '.row'], ['/schedules?view=calendar', '.calendar-bar'], ['/nothing/here', 'h1'],
  ];
  for (const [address, there] of pages) {
    await go(address);
    await page.locator(there).first().waitFor(PATIENCE);
  }
  // The browser itself notes the answer 404.
  browser.check(/404/);
});

journey('a pipeline, a workflow or a run that is not there is said to be none, with ways out and nothing to press in vain', async () => {
  const nobody = (kind) => encodeURIComponent(`arn:aws:states:us-east-1:000000000000:${kind}:nobody`);
  for (const [address, title, out] of [
    ['/pipelines/nobody', 'There is no such pipeline', 'All pipelines'],
    [`/workflows/${nobody('stateMachine')}`, 'There is no such workflow', 'All workflows'],
    ['/workflows/nobody', 'There is no such workflow', 'All workflows'],
    [`/runs/${nobody('execution:of')}`, 'There is no such run', 'All runs'],
  ]) {
    await go(address);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor(PATIENCE);
    await page.locator('main').getByText('nobody', { exact: false }).first().waitFor(PATIENCE);
    assert.match(await page.title(), new RegExp(title));
    await inBothThemes(page);
    assert.deepEqual(await page.locator('main button').allInnerTexts(), ['Find pages, workflows, runs…']);
    await page.getByRole('main').getByRole('link', { name: out }).click();
    await page.waitForURL((url) => url.pathname.split('/').length === 2, PATIENCE);
  }
  // The browser itself notes the answers 404 and 400.
  browser.check(/40[04]/);
});

journey('all parts of a page share one stream', async () => {
  // The page of the test before may be about to open its own.
  await page.goto('about:blank');
  let streams = 0;
  const count = (request) => new URL(request.url()).pathname === '/api/v1/stream' && streams++;
  page.on('request', count);
  await go('/runs?open=true');
  await page.getByRole('status').getByText('Live').waitFor(PATIENCE);
  await page.locator('.views .count').first().waitFor(PATIENCE);
  assert.equal(streams, 1);
  // What begins to listen later shares it as well, and hears of what comes.
  const id = await server.run(await server.create('heard-of', { only: { Type: 'Fail', Error: 'Heard' } }), 'heard');
  await server.until(id, 'FAILED');
  await page.getByRole('button', { name: '1 new run, show it' }).click(PATIENCE);
  await page.getByRole('link', { name: 'heard', exact: true }).waitFor(PATIENCE);
  assert.equal(streams, 1);
  page.off('request', count);
});

journey('a page whose code throws says so, and is loaded again once', async () => {
  await go('/overview');
  await page.locator('.attention').first().waitFor(PATIENCE);
  let loads = 0;
  const count = (request) => request.isNavigationRequest() && loads++;
  page.on('request', count);
  await page.route(/\/assets\/Settings-[^/]*\.js$/, (route) => route.fulfill({ body: 'throw new Error("a part is missing")', contentType: 'text/javascript' }));
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('a part is missing').waitFor(PATIENCE);
  await page.getByRole('heading', { name: 'This page has broken' }).waitFor(PATIENCE);
  await page.getByText('a part is missing').waitFor(PATIENCE);
  assert.equal(loads, 1);
  page.off('request', count);
  await page.unroute(/\/assets\/Settings-[^/]*\.js$/);
  await button('Try again').click();
  await page.getByRole('heading', { name: 'Settings' }).waitFor(PATIENCE);
  browser.check(/a part is missing/);
});

journey('what is called as it was written is found first', async () => {
  await go('/overview');
  await page.locator('.attention').first().waitFor(PATIENCE);
  await page.keyboard.press('Control+k');
  const options = page.getByRole('option');
  await page.getByRole('combobox').fill('or');
  await page.getByRole('option', { name: 'order Workflow', exact: true }).waitFor(PATIENCE);
  assert.match(await options.first().innerText(), /^order/);
  await page.getByRole('combobox').fill('order');
  await page.getByRole('option', { name: 'each-order' }).waitFor(PATIENCE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'order', exact: true }).waitFor(PATIENCE);
});

journey('a dialog that is left gives the focus back', async () => {
  await go('/runs');
  for (const leave of [() => page.keyboard.press('Escape'), () => button('Leave it').click(), () => button('Close').click()]) {
    await button('Start run…').click();
    await page.getByRole('dialog').waitFor(PATIENCE);
    await leave();
    await page.getByRole('dialog').waitFor({ ...PATIENCE, state: 'detached' });
    await focusIs('Start run…');
  }
});

journey('a run is read from its heading on, and a search stays in its field', async () => {
  await go('/runs');
  await page.getByRole('link', { name: 'tuesday', exact: true }).click();
  await page.locator('[data-step]').first().waitFor(PATIENCE);
  await focusIs('tuesday');
  await go('/runs');
  const field = page.locator('input[name=q]');
  await field.fill('name = tuesday');
  await field.press('Enter');
  await page.waitForURL(/q=/);
  await page.getByRole('link', { name: 'monday', exact: true }).waitFor({ ...PATIENCE, state: 'detached' });
  assert.equal(await focused(), 'q');
  await button('Clear').click();
  await page.getByRole('link', { name: 'monday', exact: true }).waitFor(PATIENCE);
  assert.equal(await field.inputValue(), '');
});

journey('marking a row moves none', async () => {
  await go('/runs');
  const row = page.getByRole('row', { name: /tuesday/ });
  await row.waitFor(PATIENCE);
  const before = await row.boundingBox();
  await row.getByRole('checkbox').click();
  await page.getByRole('region', { name: 'Marked runs' }).waitFor(PATIENCE);
  assert.equal((await row.boundingBox()).y, before.y);
});

journey('a large graph is fitted whole, has a map, and a step of it is found', async () => {
  await go(of(seeded.long));
  await page.locator('.minimap').waitFor(PATIENCE);
  await page.getByRole('combobox', { name: 'Find a step' }).fill('Step 117');
  const step = page.locator('[data-step="Step 117"]');
  await step.and(page.locator('.selected')).waitFor(PATIENCE);
  const pane = await page.locator('.pane').boundingBox();
  const isInside = async (which) => {
    const box = await page.locator(`[data-step="${which}"]`).boundingBox();
    return box.y >= pane.y && box.y + box.height <= pane.y + pane.height;
  };
  assert.ok(await isInside('Step 117'));
  await button('Fit the window').click();
  assert.deepEqual([await isInside('Step 0'), await isInside('Step 119')], [true, true]);
  assert.equal(await page.locator('.minimap').count(), 0);
});

journey('the buttons of a tall dialog are seen in a low window', async () => {
  await page.setViewportSize({ width: 390, height: 560 });
  await go('/schedules');
  await button('New schedule…').click();
  const create = page.getByRole('dialog').locator('footer .primary');
  await create.waitFor(PATIENCE);
  const { y, height } = await create.boundingBox();
  assert.ok(y + height <= 560, `${y + height}`);
});

journey('what is cut off in a row is told in full to who points at it', async () => {
  const name = 'as-long-as-a-name-may-be-before-nobody-reads-it-any-more-in-one-line';
  await server.create(name, { only: { Type: 'Pass', End: true } });
  await page.setViewportSize({ width: 900, height: 700 });
  await go('/workflows');
  const link = page.getByRole('link', { name, exact: true });
  await link.waitFor(PATIENCE);
  assert.equal(await link.getAttribute('title'), null);
  await link.hover();
  assert.equal(await link.getAttribute('title'), name);
  await page.getByRole('link', { name: 'order', exact: true }).hover();
  assert.equal(await page.getByRole('link', { name: 'order', exact: true }).getAttribute('title'), null, 'nothing of it is cut off');
});

journey('the figures of the overview keep their room on a phone', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await go('/overview');
  const last = page.locator('.figures div').last();
  await last.waitFor(PATIENCE);
  const [figures, workers] = [await page.locator('.figures').boundingBox(), await last.boundingBox()];
  assert.ok(workers.height > 30 && workers.y + workers.height <= figures.y + figures.height + 1, `${workers.y + workers.height}`);
});
