// Failures that are dismissed: they leave what asks for attention until a run fails again.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;
let machine;
const test = stage((ready) => ({ server, page, filled: machine } = ready), { fill, allowed: /status of 409/ });

async function fill(server) {
  const machine = await server.create('payments', { Charge: { Type: 'Fail', Error: 'Bank.Closed', Cause: 'It is Sunday' } });
  for (const name of ['first', 'second']) await fail(server, machine, name);
  return machine;
}

async function fail(server, machine, name) {
  await server.until(await server.run(machine, name), 'FAILED');
}

const dialog = () => page.getByRole('dialog');
const attention = () => page.getByRole('region', { name: 'Needs attention' });
const group = () => attention().getByRole('listitem').filter({ hasText: 'Bank.Closed' }).filter({ hasText: 'Redrive' });

test('failures that are dismissed leave the overview and what is open, until a run fails again', async () => {
  await page.goto(`${server.url}/overview`);
  await group().getByText('2 runs failed like this').waitFor(PATIENCE);
  await group().getByRole('button', { name: 'Dismiss…' }).click();
  await dialog().getByLabel('Reason').fill('the bank opens on Monday');
  await dialog().getByText('As a command').click();
  await dialog().getByText('/api/v1/dismissals').waitFor(PATIENCE);
  await dialog().getByRole('button', { name: 'Dismiss', exact: true }).click();
  await attention().getByText('What failed in the last 24 hours was dismissed.').waitFor(PATIENCE);
  await attention().getByText('Dismissed', { exact: true }).click();
  await attention().getByText('the bank opens on Monday').waitFor(PATIENCE);
  await inBothThemes(page);

  await page.goto(`${server.url}/runs`);
  await page.getByRole('link', { name: 'Failed, open' }).click();
  await page.getByText('No run fits').waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('open'), 'true');

  await fail(server, machine, 'third');
  await page.goto(`${server.url}/overview`);
  await group().getByRole('link', { name: 'payments third' }).waitFor(PATIENCE);
  assert.equal(await group().getByText('failed like this').count(), 0, 'the others stay dismissed');
});

test('what is open is listed, and a dismissal is taken back there', async () => {
  await page.goto(`${server.url}/runs?open=true`);
  const runs = page.getByRole('table', { name: 'Runs' });
  await runs.getByRole('link', { name: 'third' }).waitFor(PATIENCE);
  assert.equal(await runs.getByRole('link', { name: 'second' }).count(), 0);
  await page.getByText('Dismissed', { exact: true }).click();
  await page.getByRole('button', { name: 'Take back' }).click(PATIENCE);
  await runs.getByRole('link', { name: 'second' }).waitFor(PATIENCE);
  await runs.getByRole('link', { name: 'first' }).waitFor(PATIENCE);
  await page.getByText('Nothing was dismissed.').waitFor(PATIENCE);
  await inBothThemes(page);
});

test('a marked run that has not failed cannot be dismissed', async () => {
  const good = await server.create('quiet', { Rest: { Type: 'Pass', End: true } });
  await server.until(await server.run(good, 'well'), 'SUCCEEDED');
  await page.goto(`${server.url}/runs`);
  await page.getByRole('checkbox', { name: /well/ }).check({ force: true, ...PATIENCE });
  await page.getByRole('button', { name: 'Dismiss…' }).click();
  await dialog().getByRole('button', { name: 'Dismiss', exact: true }).click();
  await dialog().getByText('has not failed: there is nothing to dismiss').waitFor(PATIENCE);
});

test('the overview tells how long runs took and tasks waited', async () => {
  await page.goto(`${server.url}/overview`);
  await page.getByText(/^95.?% took up to$/).waitFor(PATIENCE);
});
