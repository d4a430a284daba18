// A server with access keys: who may see the console's data.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, checkAccess, missing } from './browser.mjs';
import { Server } from './server.mjs';

const SETTINGS = '[[auth.keys]]\nid = "AKIAEXAMPLE"\nsecret = "a secret"\naccount = "123456789012"\n';
const PATIENCE = { timeout: 30_000 };

let directory;
let server;
let browser;

before(async () => {
  if (missing) return;
  directory = mkdtempSync(join(tmpdir(), 'compasso-keys-'));
  const settings = join(directory, 'compasso.toml');
  writeFileSync(settings, SETTINGS);
  server = await new Server('--config', settings).start();
  browser = await Browser.launch();
});

after(async () => {
  await browser?.close();
  await server?.remove();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

test('a server with keys asks for one, and forgets nobody when it restarts', { skip: missing, timeout: 120_000 }, async () => {
  const page = await browser.open(server.url);
  await page.getByLabel('Access key id').fill('AKIAEXAMPLE');
  await page.getByLabel('Secret access key').fill('a guess');
  await checkAccess(page);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor(PATIENCE);
  browser.check(/401/);
  await page.getByLabel('Secret access key').fill('a secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor(PATIENCE);
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts cannot read the session');
  await server.kill();
  await server.start();
  await page.reload();
  await page.getByRole('button', { name: 'Sign out of 123456789012' }).click(PATIENCE);
  await page.getByLabel('Access key id').waitFor(PATIENCE);
  browser.check(/ERR_/);
});

test('a page whose session is over asks for a key by itself', { skip: missing, timeout: 120_000 }, async () => {
  const page = await browser.open(`${server.url}/runs`);
  const signIn = async () => {
    await page.getByLabel('Access key id').fill('AKIAEXAMPLE', PATIENCE);
    await page.getByLabel('Secret access key').fill('a secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor(PATIENCE);
  };
  await signIn();
  await browser.context.clearCookies();
  await page.getByLabel('State').selectOption('FAILED');
  await signIn();
  await browser.context.clearCookies();
  await server.kill();
  await server.start();
  await page.getByLabel('Access key id').waitFor(PATIENCE);
  browser.check(/401|ERR_/);
});
