// What people do with single things: tasks of a run, signals, decisions, connections.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Browser, checkAccess, missing } from './browser.mjs';
import { RELEASE, REPORT } from './seed.mjs';
import { Server } from './server.mjs';

/** A page says so much sooner what it has to say, but the machine may be busy. */
const PATIENCE = { timeout: 30_000 };

const WAITING = `
pipeline: delivery
tasks:
  arrived: {wait: {signal: arrived}}
  unpack: {needs: arrived, noop: true}
`;

let server;
let browser;
let page;
let failed;

const open = (id, search = '') => page.goto(`${server.url}/runs/${encodeURIComponent(id)}${search}`);
const step = (name, status) => page.locator(`[data-step="${name}"][data-status="${status}"]`).waitFor(PATIENCE);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const send = (name) => dialog().getByRole('button', { name, exact: true });
const inBothThemes = async (act) => {
  for (const theme of ['light', 'dark']) {
    await page.evaluate((chosen) => localStorage.setItem('compasso.theme', chosen), theme);
    await page.reload();
    await act();
    await checkAccess(page);
  }
};

before(async () => {
  if (missing) return;
  server = await new Server().start();
  for (const text of [REPORT, RELEASE, WAITING]) await server.push(text);
  failed = await server.startPipeline('nightly-report', 'monday', { note: 'on Monday', fails: true });
  await server.until(failed, 'FAILED');
  browser = await Browser.launch();
  page = await browser.open(server.url);
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

afterEach(() => browser?.check());

const journey = (name, act) => test(name, { skip: missing, timeout: 180_000 }, act);

journey('the instances of a task are listed by their state', async () => {
  await open(failed, '?step=parts');
  const instances = page.getByRole('region', { name: 'Instances' });
  await instances.getByText('2', { exact: true }).waitFor(PATIENCE);
  await instances.getByLabel('State').selectOption('failed');
  await instances.getByText('No instance is in this state.').waitFor(PATIENCE);
  await instances.getByLabel('State').selectOption('success');
  await instances.getByText('0', { exact: true }).waitFor(PATIENCE);
  await inBothThemes(() => instances.getByText('0', { exact: true }).waitFor(PATIENCE));
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
