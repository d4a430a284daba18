// A server with access keys: who may see the console's data.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { PATIENCE, stage } from './stage.mjs';

const settings = '[[auth.keys]]\nid = "AKIAEXAMPLE"\nsecret = "a secret"\naccount = "123456789012"\n';

let server;
let browser;

const journey = stage((it) => ({ server, browser } = it), { settings });

journey('a server with keys asks for one, and forgets nobody when it restarts', async () => {
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
  await page.getByRole('button', { name: 'Sign out AKIAEXAMPLE' }).click(PATIENCE);
  await page.getByLabel('Access key id').waitFor(PATIENCE);
  browser.check(/ERR_/);
});

journey('a page whose session is over asks for a key by itself', async () => {
  const page = await browser.open(`${server.url}/runs`);
  const signIn = async () => {
    await page.getByLabel('Access key id').fill('AKIAEXAMPLE', PATIENCE);
    await page.getByLabel('Secret access key').fill('a secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor(PATIENCE);
  };
  await signIn();
  await browser.context.clearCookies();
  // Whatever the page asks for next is refused; that it may ask by itself before this does no harm.
  await page.evaluate(() => document.querySelector('nav a[href$="/workflows"]')?.click());
  await signIn();
  await browser.context.clearCookies();
  await server.kill();
  await server.start();
  await page.getByLabel('Access key id').waitFor(PATIENCE);
  browser.check(/401|ERR_/);
});
