// Tokens and the audit log in the settings, and what a role may not do.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { REPORT } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;
let admin;
let viewer;

const go = (path) => page.goto(server.url + path);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');

const fill = (server) => server.push(REPORT);
const journey = stage((it) => ({ server, page } = it), { fill, timeout: 180_000 });

/** Makes a token in the dialog that is open, and returns it. */
async function make(name, role) {
  await dialog().locator('input[name=name]').fill(name);
  await dialog().locator('select[name=role]').selectOption(role);
  await checkAccess(page);
  await dialog().getByRole('button', { name: 'Create' }).click();
  await dialog().getByRole('heading', { name: `Token ${name}` }).waitFor(PATIENCE);
  const token = await dialog().locator('code').innerText();
  await checkAccess(page);
  await button('I have it').click();
  return token;
}

async function signIn(token) {
  await page.getByLabel('Token', { exact: true }).fill(token, PATIENCE);
  await checkAccess(page);
  await button('Sign in').click();
}

journey('the first token is an admin’s, is shown once, and locks the server', async () => {
  await inBothThemes(page, async () => {
    await go('/settings?tab=tokens');
    await page.getByRole('heading', { name: 'There is no token yet' }).waitFor(PATIENCE);
  });
  await button('New token…').click();
  await dialog().getByText('locks a server without access keys').waitFor(PATIENCE);
  admin = await make('root', 'admin');
  assert.match(admin, /^cps_[0-9a-f]{40}$/);
  await page.getByRole('cell', { name: 'root', exact: true }).waitFor(PATIENCE);
  assert.ok(!(await page.content()).includes(admin));
  assert.equal((await fetch(`${server.url}/api/v1/runs`)).status, 401);
  await button(/Sign out/).click();
  await signIn(admin);
  await page.getByRole('cell', { name: 'root', exact: true }).waitFor(PATIENCE);
});

journey('tokens are made and revoked by keys alone', async () => {
  await go('/settings?tab=tokens');
  await button('New token…').focus();
  await page.keyboard.press('Enter');
  viewer = await make('board', 'viewer');
  await button('New token…').click();
  await make('old', 'worker');
  await inBothThemes(page, async () => {
    await go('/settings?tab=tokens');
    await page.getByRole('cell', { name: 'old', exact: true }).waitFor(PATIENCE);
  });
  await button('Revoke old').focus();
  await page.keyboard.press('Enter');
  await dialog().getByText('It lets nobody in from now on').waitFor(PATIENCE);
  await checkAccess(page);
  await dialog().getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
  await page.getByRole('cell', { name: 'old', exact: true }).waitFor({ state: 'detached', ...PATIENCE });
});

journey('the audit log is filtered by the address and tells details', async () => {
  await inBothThemes(page, async () => {
    await go('/settings?tab=audit');
    await page.getByText('pipeline:nightly-report').first().waitFor(PATIENCE);
  });
  await page.getByLabel('Action', { exact: true }).fill('token.create');
  await page.keyboard.press('Enter');
  await page.getByText('pipeline:nightly-report').waitFor({ state: 'detached', ...PATIENCE });
  await page.reload();
  await page.getByText('token:board').first().waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('action'), 'token.create');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await dialog().getByText('127.0.0.1').waitFor(PATIENCE);
  await checkAccess(page);
  await page.keyboard.press('Escape');
  await page.getByLabel('Outcome').selectOption('failed');
  await page.getByRole('heading', { name: 'No record fits' }).waitFor(PATIENCE);
  await checkAccess(page);
});

const GATED = `
pipeline: gated
tasks:
  gate:
    approve:
      message: Release it?
      by: [user:ana, user:ben]
      not_by_starter: true
      form: {window: {type: string, enum: [now, tonight], required: true}}
  ship: {needs: gate, noop: true}
`;

/** Sends a request to the REST interface as the bearer of a token, and returns its answer. */
async function as(token, path, body, type = 'application/json') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  const answer = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.json();
}

journey('an approval is decided by who is asked, and not by who started the run', async () => {
  const people = {};
  for (const name of ['ana', 'ben', 'eve']) {
    const order = JSON.stringify({ name, role: 'operator', user: name });
    people[name] = (await as(admin, '/tokens', order)).token;
  }
  await as(admin, '/pipelines', GATED, 'application/yaml');
  await as(people.ana, '/pipelines/gated/runs', JSON.stringify({ name: 'by-ana' }));
  const inspector = page.getByRole('complementary', { name: 'Approval' });
  const approve = inspector.getByRole('button', { name: /Approve/ });
  const look = async (name) => {
    await button(/Sign out/).click();
    await signIn(people[name]);
    await button(`Sign out ${name}`).waitFor(PATIENCE);
    await go('/approvals');
    await inspector.getByText('Release it?').waitFor(PATIENCE);
    await inspector.getByText('ana, ben, not whoever started the run').waitFor(PATIENCE);
  };
  await look('ana');
  await inspector.getByText('You started the run: somebody else decides.').waitFor(PATIENCE);
  assert.ok(await approve.isDisabled());
  await look('eve');
  await inspector.getByText('Others are asked: ana, ben.').waitFor(PATIENCE);
  assert.ok(await approve.isDisabled());
  await inBothThemes(page);
  await look('ben');
  await inspector.getByLabel('window').selectOption('tonight');
  await inspector.getByLabel('Comment').fill('after the backup');
  await approve.click();
  await page.getByRole('heading', { name: 'Nobody is asked anything' }).waitFor(PATIENCE);
  await page.getByRole('tab', { name: 'Done' }).click();
  await button('Release it?').click();
  await inspector.getByText('after the backup').waitFor(PATIENCE);
  await inspector.getByText('tonight').waitFor(PATIENCE);
  await inBothThemes(page);
});

journey('what a viewer may not do is disabled, with the reason', async () => {
  await button(/Sign out/).click();
  await signIn(viewer);
  await go('/settings?tab=audit');
  await page.getByText('This needs the role “Admin”; yours is “Viewer”.').waitFor(PATIENCE);
  await go('/secrets');
  await button('New secret…').click();
  await dialog().getByText('This needs the role “Author”; yours is “Viewer”.').waitFor(PATIENCE);
  assert.ok(await dialog().getByRole('button', { name: 'Keep' }).isDisabled());
  await checkAccess(page);
});
