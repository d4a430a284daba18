// Versions of workflows and their names, from the outside: the real program and a real browser.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { REPORT } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let page;
let machine;

const STATES = { First: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Wait', Seconds: 3_600, End: true } };
const dialog = () => page.getByRole('dialog');
const button = (name) => page.getByRole('button', { name, exact: true });

/** Publishes what a text becomes by a change, as Studio does. */
async function publish(of, change, message) {
  const draft = await server.rest('POST', '/drafts', { of });
  const { saves } = await server.rest('PUT', `/drafts/${draft.id}`, { text: change(draft.text), saves: draft.saves });
  await server.rest('POST', `/drafts/${draft.id}/publish`, { saves, message });
}

async function fill(it) {
  const id = await it.create('greeting', STATES);
  server = it;
  await publish(id, (text) => text.replace('3600', '3601'), 'A second more');
  await it.run(`${id}:1`, 'waits');
  await publish(id, (text) => text.replaceAll('Second"', 'Later"'), 'Another name');
  await it.push(REPORT);
  await it.push(REPORT.replace('seq 3', 'seq 4'));
  return id;
}

const journey = stage((it) => ({ server, page, filled: machine } = it), { fill });

journey('versions tell who wrote them, who runs them, and how they differ, on a canvas as well', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(machine)}?tab=versions`);
  const row = page.getByRole('table', { name: 'Versions' }).getByRole('row').filter({ hasText: 'A second more' });
  await row.getByRole('link', { name: '1 Running' }).waitFor(PATIENCE);
  await page.getByLabel('From').selectOption({ label: 'version 1' });
  await page.locator('.compare [data-step="Later"][data-mark="added"]').waitFor(PATIENCE);
  await page.locator('.compare [data-step="Second"][data-mark="removed"]').waitFor(PATIENCE);
  await page.getByText('1 run under way began with 1 and keeps it').waitFor(PATIENCE);
  await row.getByRole('link', { name: '1 Running' }).click();
  await page.getByRole('link', { name: 'waits' }).waitFor(PATIENCE);
});

journey('an alias is made, its versions share the starts by a slider, and it is deleted', async () => {
  await page.goto(`${server.url}/workflows/${encodeURIComponent(machine)}?tab=versions`);
  await button('New alias…').click(PATIENCE);
  await dialog().getByLabel('Name', { exact: true }).fill('live');
  await dialog().getByLabel('Shares the starts with').selectOption('1');
  const slider = dialog().getByRole('slider', { name: 'Share of version 2' });
  await slider.focus();
  for (let n = 0; n < 15; n++) await page.keyboard.press('ArrowLeft');
  await dialog().getByText('75 % start version 2, 25 % version 1').waitFor(PATIENCE);
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Set', exact: true }).click();
  const aliases = page.getByRole('region', { name: 'Aliases' });
  await aliases.getByText('2: 75 %').waitFor(PATIENCE);
  const { aliases: [live] } = await server.rest('GET', `/workflows/${encodeURIComponent(machine)}`);
  assert.deepEqual(live.routes, [{ version: 2, weight: 75 }, { version: 1, weight: 25 }]);
  await checkAccess(page);
  await button('Delete live…').click();
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await aliases.getByText('No version has a name yet').waitFor(PATIENCE);
});

journey('versions of pipelines have names and canvases too', async () => {
  await page.goto(`${server.url}/pipelines/nightly-report?tab=versions`);
  await button('New alias…').click(PATIENCE);
  await dialog().getByLabel('Name', { exact: true }).fill('prod');
  await dialog().getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByRole('region', { name: 'Aliases' }).getByText('2: 100 %').waitFor(PATIENCE);
  await page.locator('.compare [data-mark="changed"]').first().waitFor(PATIENCE);
});

journey('a list tells what comes next and what things are tagged with; settings tell the rest', async () => {
  await page.goto(`${server.url}/workflows`);
  const table = page.getByRole('table', { name: 'Workflows' });
  await table.getByRole('columnheader', { name: 'Tags' }).waitFor(PATIENCE);
  await table.getByRole('img', { name: 'The latest run, 0 failed' }).waitFor(PATIENCE);
  await table.getByRole('link', { name: 'greeting' }).click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByText('arn:aws:iam::000000000000:role/Role').first().waitFor(PATIENCE);
  await checkAccess(page);
});
