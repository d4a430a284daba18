// What starts a workflow, how its runs went, how it is set up: the real program and a real browser.
import assert from 'node:assert/strict';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let browser;
let page;
let machine;

const STATES = { Check: { Type: 'Choice', Choices: [{ Variable: '$.bad', BooleanEquals: true, Next: 'Bad' }], Default: 'Good' }, Good: { Type: 'Succeed' }, Bad: { Type: 'Fail' } };
const GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group:flows:*';
const button = (name) => page.getByRole('button', { name, exact: true });
const address = (tab) => `${server.url}/workflows/${encodeURIComponent(machine)}?tab=${tab}`;

async function fill(it) {
  const id = await it.create('flow', STATES);
  for (const bad of [true, false, false]) await it.until(await it.run(id, `bad-${bad}-${Math.random()}`, { bad }), bad ? 'FAILED' : 'SUCCEEDED');
  await it.rest('POST', '/schedules', { workflow: id, name: 'hourly', spec: { every: '1h' } });
  return id;
}

const journey = stage((it) => ({ server, browser, page, filled: machine } = it), { fill, settings: '[beyond-aws]\nschedules = true\n' });

journey('what starts a workflow: its schedules, and the command that clients have', async () => {
  await page.goto(address('triggers'));
  const schedules = page.getByRole('region', { name: 'Schedules' });
  await schedules.getByRole('link', { name: 'hourly' }).waitFor(PATIENCE);
  await page.getByRole('paragraph').filter({ hasText: /^curl$/ }).waitFor(PATIENCE);
  await inBothThemes(page);
  await schedules.getByRole('link', { name: 'hourly' }).click();
  await page.getByRole('complementary', { name: /hourly/ }).waitFor(PATIENCE);
});

journey('the runs of a while in figures and over time; the address says which while', async () => {
  await page.goto(address('metrics'));
  const figure = (name) => page.locator('.metrics-figures div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');
  await figure('Runs').getByText('3', { exact: true }).waitFor(PATIENCE);
  assert.deepEqual([await figure('Succeeded').innerText(), await figure('Failed').innerText()], ['2', '1']);
  await page.getByRole('img', { name: /^lately half took/ }).waitFor(PATIENCE);
  await inBothThemes(page);
  await page.getByLabel('Runs of the').selectOption('last hour');
  assert.match(page.url(), /since=1h/);
  await figure('Runs').getByText('3', { exact: true }).waitFor(PATIENCE);
});

journey('settings are changed, and what the server refuses says why', async () => {
  await page.goto(address('settings'));
  await button('Change…').click(PATIENCE);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('History in logs').selectOption('errors');
  await dialog.getByLabel('Log group').fill('nowhere');
  await dialog.getByLabel('Tags').fill('team=data\nowner=ana');
  await inBothThemes(page);
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await dialog.getByText('Log Destination not found.').waitFor(PATIENCE);
  // The browser itself notes the answer 400.
  browser.check(/400/);
  await dialog.getByLabel('Log group').fill(GROUP);
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await dialog.waitFor({ state: 'detached', ...PATIENCE });
  await page.getByText(GROUP).waitFor(PATIENCE);
  await page.locator('.tag').filter({ hasText: 'owner' }).waitFor(PATIENCE);
  const { logLevel, tags } = await server.rest('GET', `/workflows/${encodeURIComponent(machine)}`);
  assert.deepEqual([logLevel, tags], ['ERROR', [{ key: 'team', value: 'data' }, { key: 'owner', value: 'ana' }]]);
});
