// What operators do with many things at once: runs in bulk, saved views, the calendar.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAccess } from './browser.mjs';
import { HOURLY, REPORT } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';
import { LONG, untilThere } from './workflows.mjs';

let server;
let page;

const go = (path) => page.goto(server.url + path);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const link = (name) => page.getByRole('link', { name, exact: true });

async function fill(server) {
  await server.push(REPORT);
  await server.push(HOURLY);
  const waits = await server.create('nightly-import', LONG);
  for (const day of ['mon-1', 'mon-2', 'mon-3', 'tue-1']) await server.run(waits, day);
}

/** The schedules of state machines are beyond AWS. */
const settings = '[beyond-aws]\nschedules = true\n';
const journey = stage((it) => ({ server, page } = it), { settings, fill, timeout: 180_000 });

journey('stopping all runs that a query finds shows exactly how many before', async () => {
  const query = 'status = RUNNING and name starts with "mon-"';
  await go(`/runs?q=${encodeURIComponent(query)}`);
  await link('mon-1').waitFor(PATIENCE);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  const bar = page.getByRole('region', { name: 'Marked runs' });
  await bar.getByText('1 run marked').waitFor(PATIENCE);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  await bar.getByText('3 runs marked').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await bar.waitFor({ state: 'detached', ...PATIENCE });
  await page.getByLabel('Mark mon-2').check();
  await checkAccess(page);
  await button('Take all that match').click();
  await bar.getByRole('button', { name: 'Stop…' }).click();
  await dialog().getByText('3 runs', { exact: true }).waitFor(PATIENCE);
  assert.equal(await dialog().locator('.query-told').innerText(), query);
  await checkAccess(page);
  await dialog().getByLabel('Reason').fill('moved to tomorrow');
  await dialog().getByRole('button', { name: 'Stop 3 runs' }).click();
  await page.getByText('3 of 3').waitFor(PATIENCE);
  await page.getByText('Finished').waitFor(PATIENCE);
  assert.match(page.url(), /\/jobs\/j-/);
  await page.getByRole('tab', { name: 'Done 3' }).click();
  for (const name of ['mon-1', 'mon-2', 'mon-3']) await link(name).waitFor(PATIENCE);
  await inBothThemes(page, async () => {
    await page.reload();
    await link('mon-1').waitFor(PATIENCE);
  });
  await link('Jobs').click();
  await link('Stop 3 runs').waitFor(PATIENCE);
  await checkAccess(page);
  await go('/runs?status=RUNNING');
  await link('tue-1').waitFor(PATIENCE);
  assert.equal(await link('mon-1').count(), 0);
});

journey('runs that failed alike are redriven together from the overview', async () => {
  const machine = await server.create('until-there', untilThere(server.directory));
  for (const name of ['one', 'two']) await server.until(await server.run(machine, name), 'FAILED');
  writeFileSync(join(server.directory, 'there'), '');
  await go('/overview');
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await attention.getByText('2 runs failed like this').waitFor(PATIENCE);
  await attention.getByRole('button', { name: 'Redrive 2…' }).click();
  await dialog().getByText('2 runs', { exact: true }).waitFor(PATIENCE);
  await dialog().getByRole('button', { name: 'Redrive 2 runs' }).click();
  await page.getByText('2 of 2').waitFor(PATIENCE);
  await link('two').click();
  await page.locator('.facts').getByText('Succeeded').first().waitFor(PATIENCE);
});

journey('a view is saved, found again, and begun with', async () => {
  await go('/runs?status=ABORTED');
  await link('mon-1').waitFor(PATIENCE);
  await button('Save view…').click();
  await dialog().getByLabel('Name').fill('Given up');
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('link', { name: 'Given up' }).waitFor(PATIENCE);
  await views.getByRole('link', { name: 'All runs' }).click();
  await link('tue-1').waitFor(PATIENCE);
  await views.getByRole('link', { name: 'Given up' }).click();
  await link('tue-1').waitFor({ state: 'detached', ...PATIENCE });
  await button('Change view…').click();
  await dialog().getByLabel('My list of runs begins with it').check();
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  await views.getByText('first').waitFor(PATIENCE);
  await go('/runs');
  await page.waitForURL(/status=ABORTED/, PATIENCE);
  await link('mon-1').waitFor(PATIENCE);
  await inBothThemes(page, () => views.getByText('first').waitFor(PATIENCE));
  await button('Change view…').click();
  await dialog().getByLabel('Delete it').check();
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  await views.getByRole('link', { name: 'Given up' }).waitFor({ state: 'detached', ...PATIENCE });
});

journey('the calendar shows what comes, by week, month and day, and the address keeps it', async () => {
  await go('/schedules');
  await page.getByRole('tab', { name: 'Calendar' }).click();
  await page.getByRole('group', { name: 'Week', exact: true }).waitFor(PATIENCE);
  await button('Later').click();
  await page.getByRole('link', { name: /02:00 nightly-report nightly: to come|\d\d:00 nightly-report nightly: to come/ }).first().waitFor(PATIENCE);
  await page.getByRole('link', { name: /hourly-sync ×24/ }).first().waitFor(PATIENCE);
  await inBothThemes(page, async () => {
    await page.reload();
    await page.getByRole('link', { name: /hourly-sync ×24/ }).first().waitFor(PATIENCE);
  });
  for (const period of ['Month', 'Agenda']) {
    await page.getByLabel(period, { exact: true }).first().click();
    await page.waitForURL(new RegExp(`period=${period.toLowerCase()}`), PATIENCE);
    await page.getByRole('link', { name: /nightly-report/ }).first().waitFor(PATIENCE);
    await inBothThemes(page, () => page.getByRole('link', { name: /nightly-report/ }).first().waitFor(PATIENCE));
  }
});

journey('a schedule is made with its next times in both zones, changed, and deleted', async () => {
  await go('/schedules');
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/schedules/preview') && asked.push(request));
  await button('New schedule…').click();
  await dialog().getByLabel('Name').fill('import-at-night');
  await dialog().getByLabel('Workflow').selectOption({ label: 'nightly-import' });
  await dialog().getByLabel('Time zone').fill('Europe/Lisbon');
  // What nobody has written yet is no mistake.
  assert.equal(asked.length, 0);
  await dialog().getByRole('textbox', { name: 'Cron' }).fill('61 2 * * *');
  await dialog().getByRole('status').getByText(/cron/).waitFor(PATIENCE);
  assert.equal(await dialog().getByRole('button', { name: 'Keep' }).isDisabled(), true);
  await dialog().getByRole('textbox', { name: 'Cron' }).fill('30 2 * * *');
  await dialog().getByRole('region', { name: 'Next times' }).locator('time').nth(9).waitFor(PATIENCE);
  await dialog().getByLabel('If it was missed').selectOption('run those no older than…');
  await dialog().getByRole('textbox', { name: 'No older than' }).fill('2h');
  await dialog().getByRole('region', { name: 'Next times' }).locator('time').nth(9).waitFor(PATIENCE);
  await checkAccess(page);
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await button('nightly-import import-at-night').click(PATIENCE);
  const inspector = page.getByRole('complementary', { name: 'Schedule nightly-import import-at-night' });
  await inspector.getByRole('button', { name: 'Change…' }).click();
  assert.equal(await dialog().getByRole('textbox', { name: 'No older than' }).inputValue(), '2h');
  await dialog().getByRole('textbox', { name: 'Cron' }).fill('45 2 * * *');
  await dialog().getByRole('region', { name: 'Next times' }).getByText(/02:45/).first().waitFor(PATIENCE);
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await inspector.getByText('02:45').first().waitFor(PATIENCE);
  await inspector.getByRole('button', { name: 'Delete…' }).click();
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await button('nightly-import import-at-night').waitFor({ state: 'detached', ...PATIENCE });
});

journey('schedules rest together for a reason and for a time', async () => {
  await go('/schedules');
  await page.getByLabel('Mark all rows').check(PATIENCE);
  const bar = page.getByRole('region', { name: 'Marked schedules' });
  await bar.getByText('2 schedules marked').waitFor(PATIENCE);
  await bar.getByRole('button', { name: 'Pause…' }).click();
  await dialog().getByLabel('Reason').fill('the warehouse moves');
  await dialog().getByLabel('Resume at').fill('2099-01-01T08:00');
  await dialog().getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Paused' }).nth(1).waitFor(PATIENCE);
  await button('hourly-sync hourly').click();
  const inspector = page.getByRole('complementary', { name: 'Schedule hourly-sync hourly' });
  await inspector.getByText('the warehouse moves').waitFor(PATIENCE);
  await inspector.getByText('until').waitFor(PATIENCE);
  await checkAccess(page);
  await bar.getByRole('button', { name: 'Resume…' }).click();
  await dialog().getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Paused' }).first().waitFor({ state: 'detached', ...PATIENCE });
});

journey('a window of starts is selected by dragging over the histogram', async () => {
  // Each begins when the one before has ended, so that their starts are seconds apart.
  const many = await server.create('spread', { Only: { Type: 'Wait', Seconds: 2, End: true } });
  for (const n of [1, 2, 3]) await server.until(await server.run(many, `spread-${n}`), 'SUCCEEDED');
  await go(`/runs?q=${encodeURIComponent('name starts with "spread-"')}`);
  const bars = page.getByRole('img', { name: /by start/ });
  await bars.waitFor(PATIENCE);
  const { x, y, width, height } = await bars.boundingBox();
  await page.mouse.move(x + 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 100, y + height / 2);
  await page.mouse.up();
  await link('spread-3').waitFor({ state: 'detached', ...PATIENCE });
  await link('spread-1').waitFor(PATIENCE);
  assert.match(new URL(page.url()).searchParams.get('q'), /^name starts with "spread-" and started >= .* and started < /);
  await checkAccess(page);
});
