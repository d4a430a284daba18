// The first minute: a server on which there is nothing, and somebody who has never seen it.
import assert from 'node:assert/strict';
import { checkAccess } from './browser.mjs';
import { PATIENCE, stage } from './stage.mjs';

let server;
let page;

const journey = stage((it) => ({ server, page } = it));

journey('a newcomer runs the sample, sees why it failed, mends that, and has it go on', async () => {
  await page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor(PATIENCE);
  await checkAccess(page);
  await page.getByRole('button', { name: 'Run the sample' }).click();
  const inspector = page.getByRole('complementary', { name: 'Task check' });
  await page.locator('[data-step="check"][data-status="failed"]').waitFor(PATIENCE);
  // Nothing was chosen: what failed is shown by itself.
  await inspector.getByText('raise the limit', { exact: false }).first().waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Redrive…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Change params').click();
  await dialog.getByLabel('limit').fill('20');
  await dialog.getByRole('button', { name: 'Redrive', exact: true }).click();
  await page.locator('[data-step="send"][data-status="succeeded"]').waitFor(PATIENCE);
  await page.locator('.facts').getByText('Succeeded').first().waitFor(PATIENCE);
});

journey('the sample is mended for good in Studio, and runs well from then on', async () => {
  await page.goto(`${server.url}/pipelines/first-steps`);
  await page.getByRole('button', { name: 'Start run…' }).click(PATIENCE);
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('[data-step="check"][data-status="failed"]').waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Open in Studio' }).click(PATIENCE);
  const editor = page.locator('.cm-content');
  await editor.getByText('pipeline: first-steps').waitFor(PATIENCE);
  await editor.focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+f');
  await page.keyboard.type('default: 8');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.type('default: 20');
  await page.getByRole('button', { name: 'Publish…' }).click(PATIENCE);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('default: 20', { exact: false }).waitFor(PATIENCE);
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
  const again = page.getByRole('dialog', { name: 'Start again?' });
  assert.equal(await again.getByLabel('The latest version, 2').isChecked(), true);
  // The run had the default that was mended.
  assert.equal(await again.getByLabel('limit').inputValue(), '20');
  await checkAccess(page);
  await again.getByRole('button', { name: 'Leave it' }).click();
  await page.getByRole('button', { name: 'Start again on version 2…' }).click();
  await again.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('[data-step="send"][data-status="succeeded"]').waitFor(PATIENCE);
});

journey('the first steps stay on the overview until they are put away', async () => {
  await page.goto(`${server.url}/overview`);
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.getByRole('link', { name: 'first-steps' }).waitFor(PATIENCE);
  await checkAccess(page);
  await steps.getByRole('button', { name: 'Put away' }).click();
  await steps.waitFor({ state: 'detached', ...PATIENCE });
  await page.reload();
  await page.locator('.figures').waitFor(PATIENCE);
  await steps.waitFor({ state: 'detached', ...PATIENCE });
});
