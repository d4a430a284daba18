// Takes the pictures of the documentation from a running server, into docs/pictures; `npm run pictures:docs`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser } from './browser.mjs';
import { seed } from './seed.mjs';
import { Server } from './server.mjs';

const DIRECTORY = new URL('../../docs/pictures/', import.meta.url).pathname;
const SIZE = { width: 1280, height: 800 };
const SCALE = 1.5;
/** Of a hundred; letters stay sharp. */
const QUALITY = 72;
const NIGHTS = 18;
const FAILED = new Set([3, 4, 11, 16]);

mkdirSync(DIRECTORY, { recursive: true });
const server = await new Server().start();
const browser = await Browser.launch({ viewport: SIZE, deviceScaleFactor: SCALE });
try {
  await take();
} finally {
  await browser.close();
  await server.remove();
}

async function take() {
  const page = await browser.open(`${server.url}/settings`);
  await page.evaluate(() => localStorage.setItem('compasso.first-steps', 'hidden'));
  const { machine, run } = await seed(server);
  for (let night = 1; night <= NIGHTS; night += 1) {
    const fails = FAILED.has(night);
    const id = await server.startPipeline('nightly-report', `night-${night}`, { note: 'by the clock', fails });
    await server.until(id, fails ? 'FAILED' : 'SUCCEEDED');
  }
  await show('/overview', '.attention');
  await picture('overview');
  await show(`/runs/${encodeURIComponent(run)}`, '[data-step="Charge card"][data-status="failed"]');
  await picture('run');
  await show('/approvals', '.inspector form');
  await picture('approvals');
  await show('/pipelines/nightly-report', '.cell');
  await page.getByRole('button', { name: 'check in night-16: Failed' }).click();
  await page.locator('.inspector .facts').waitFor();
  await picture('pipeline');
  await show(`/workflows/${encodeURIComponent(machine)}`, '.row-link');
  await page.getByRole('button', { name: 'Open in Studio' }).click();
  await page.locator('.cm-content').waitFor();
  await page.getByText('The server looks at the text…').waitFor({ state: 'detached' });
  await page.locator('.board [data-step="Is it large?"] .step-face').click();
  await page.locator('.step-form').waitFor();
  await picture('studio');

  async function show(address, ready) {
    await page.goto(server.url + address);
    await page.locator(ready).first().waitFor();
  }

  async function picture(name) {
    await page.evaluate(() => document.fonts.ready);
    await page.mouse.move(0, 0);
    const client = await page.context().newCDPSession(page);
    const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    writeFileSync(join(DIRECTORY, `${name}.webp`), Buffer.from(data, 'base64'));
    await client.detach();
  }
}
