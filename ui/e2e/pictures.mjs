// Takes pictures of every page in both themes, into the directory named first; `npm run pictures`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from './browser.mjs';
import { Server } from './server.mjs';
import { large, LONG, order } from './workflows.mjs';

const directory = process.argv[2] ?? 'pictures';
const only = process.argv[3];
mkdirSync(directory, { recursive: true });

const server = await new Server().start();
const browser = await Browser.launch();
try {
  await take();
} finally {
  await browser.close();
  await server.remove();
}

async function take() {
  const page = await browser.open(server.url);
  await page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor();
  await picture(page, 'first-start');

  const machine = await server.create('order', order(server.directory));
  const failed = await server.run(machine, 'order-4711', { total: 620, items: [{ sku: 'A-1' }, { sku: 'B-2' }] });
  await server.until(failed, 'FAILED');
  const many = await server.create('five-hundred-states', large(50));
  const big = await server.run(many, 'all-of-them');
  await server.until(big, 'SUCCEEDED');
  const long = await server.create('nightly-import', LONG);
  for (const day of ['monday', 'tuesday', 'wednesday']) await server.run(long, day);
  await server.stop(await server.run(long, 'thursday'), 'Operator', 'The source was moved to another day');

  await page.goto(`${server.url}/runs`);
  await page.getByRole('link', { name: 'order-4711' }).waitFor();
  await picture(page, 'runs');
  await page.getByRole('button', { name: 'Start run…' }).click();
  await page.getByRole('dialog').waitFor();
  await picture(page, 'start-run');

  const at = (id, search = '') => `${server.url}/runs/${encodeURIComponent(id)}${search}`;
  for (const [name, address, ready] of [
    ['run-failed', at(failed), '[data-step="Charge card"][data-status="failed"]'],
    ['run-list', at(failed, '?as=list'), '.steps'],
    ['run-events', at(failed, '?tab=events'), '.events .row:nth-child(3)'],
    ['run-data', at(failed, '?tab=data'), '.json pre'],
    ['run-definition', at(failed, '?tab=definition'), '.json mark'],
    ['run-large', at(big), '[data-status="succeeded"]'],
  ]) {
    await page.goto(address);
    await page.locator(ready).first().waitFor();
    await picture(page, name);
  }
  await page.goto(at(failed));
  await page.getByRole('button', { name: 'Redrive…' }).click();
  await picture(page, 'redrive');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(at(failed));
  await page.locator('.steps').waitFor();
  await picture(page, 'narrow-run');
  await page.goto(`${server.url}/runs`);
  await page.getByRole('link', { name: 'order-4711' }).waitFor();
  await picture(page, 'narrow-runs');
}

async function picture(page, name) {
  if (only && only !== name) return;
  await page.evaluate(() => document.fonts.ready);
  for (const theme of ['light', 'dark']) {
    await page.evaluate((chosen) => {
      document.documentElement.dataset.theme = chosen;
    }, theme);
    await page.screenshot({ path: join(directory, `${name}-${theme}.png`) });
  }
}
