// Takes pictures of every page in both themes, into the directory named first; `npm run pictures`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addresses } from './addresses.mjs';
import { Browser } from './browser.mjs';
import { Server } from './server.mjs';
import { seed, seedMore } from './seed.mjs';
import { showTheme, THEMES } from './stage.mjs';

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

  const seeded = await seed(server);
  const { machine, run, failed, asking, blocked } = seeded;
  const { big, longest, named } = await seedMore(server);
  const at = (id, search = '') => `/runs/${encodeURIComponent(id)}${search}`;
  const report = '/pipelines/nightly-report';
  for (const [name, address, ready] of [
    ['overview', '/overview', '.attention'],
    ['runs', '/runs', 'a:has-text("order-4711")'],
    ['runs-steps', '/runs?show=steps&order=longest', 'a:has-text("Charge card")'],
    ['approvals', '/approvals', '.inspector form'],
    ['schedules', `/schedules?of=${encodeURIComponent('arn:aws:states:us-east-1:000000000000:pipeline:hourly-sync/hourly')}`, '.inspector'],
    ['calendar-week', '/schedules?view=calendar', '.week .tick-block'],
    ['calendar-month', '/schedules?view=calendar&period=month', '.month .tick-block'],
    ['workflows', '/workflows', '.row .row-link'],
    ['workflow', `/workflows/${encodeURIComponent(machine)}?tab=definition`, '.json pre'],
    ['pipelines', '/pipelines', '.row .row-link'],
    ['pipeline-grid', report, '.cell'],
    ['pipeline-triggers', `${report}?tab=triggers`, '.row .row-link'],
    ['pipeline-backfills', `${report}?tab=backfills`, '.empty'],
    ['pipeline-versions', `${report}?tab=versions`, '.diff'],
    ['pipeline-code', `${report}?tab=code`, '.json pre'],
    ['workers', '/workers', '.stale'],
    ['secrets', '/secrets', '.row .small'],
    ['settings', '/settings', '.options'],
    ['run-failed', at(run), '[data-step="Charge card"][data-status="failed"]'],
    ['run-list', at(run, '?as=list'), '.steps'],
    ['run-timeline', at(run, '?tab=timeline'), '.timeline-bar'],
    ['run-events', at(run, '?tab=events'), '.events .row:nth-child(3)'],
    ['run-data', at(run, '?tab=data'), '.json pre'],
    ['run-definition', at(run, '?tab=definition&step=Reserve'), '.json mark'],
    ['run-large', at(big), '[data-status="succeeded"]'],
    ['run-large-far', at(big, '?step=30b+2'), '[data-step="30b 2"]'],
    ['run-long-names', at(longest), '[data-status="failed"]'],
    ['workflow-long-name', `/workflows/${encodeURIComponent(named)}`, '.row-link'],
    ['run-pipeline', at(failed), '[data-step]'],
    ['run-logs', at(failed, '?tab=logs'), '.log-line'],
    ['run-asking', at(asking), '[data-step]'],
    ['run-blocked', at(blocked), '[data-step]'],
  ]) {
    await page.goto(server.url + address);
    await page.locator(ready).first().waitFor();
    await picture(page, name);
  }
  await page.goto(server.url + at(run));
  await page.getByRole('button', { name: 'Redrive…' }).click();
  await picture(page, 'redrive');
  await page.goto(server.url + report);
  await page.locator('.cell').nth(2).click();
  await page.locator('.inspector .facts').waitFor();
  await picture(page, 'pipeline-task');
  await page.getByRole('button', { name: 'Start run…' }).click();
  await picture(page, 'pipeline-start');
  await page.goto(`${server.url}${report}?tab=backfills`);
  await page.getByRole('button', { name: 'Backfill…' }).click();
  await page.getByLabel('From').fill('2026-01-01');
  await page.getByLabel('To').fill('2026-02-01');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.locator('.plan').waitFor();
  await picture(page, 'backfill-plan');
  await studio(page, `/workflows/${encodeURIComponent(machine)}`, 'Reserve', 'studio');
  await page.getByRole('button', { name: 'Add a step' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: /^Wait/ }).click();
  await page.locator('.board [data-step="Wait"]').waitFor();
  await page.getByRole('button', { name: 'Publish…' }).click();
  await page.locator('.changes [data-mark]').first().waitFor();
  await picture(page, 'studio-publish');
  await studio(page, report, 'parts', 'studio-pipeline');
  await page.goto(`${server.url}/studio`);
  await page.locator('.row .row-link').first().waitFor();
  await picture(page, 'studio-drafts');
  await page.goto(`${server.url}/overview`);
  await page.locator('.attention').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('or');
  await page.getByRole('option', { name: /order-4711/ }).waitFor();
  await picture(page, 'palette');
  const show = async ([address, ready]) => {
    await page.goto(server.url + address);
    await page.locator(ready).first().waitFor();
  };
  const colours = [['overview', ['/overview', '.attention']], ['run', [at(run), '[data-status="failed"]']], ['grid', [report, '.cell']]];
  for (const deficiency of ['deuteranopia', 'achromatopsia']) {
    const client = await page.context().newCDPSession(page);
    await client.send('Emulation.setEmulatedVisionDeficiency', { type: deficiency });
    for (const [name, address] of colours) {
      await show(address);
      await picture(page, `${deficiency}-${name}`);
    }
    await client.send('Emulation.setEmulatedVisionDeficiency', { type: 'none' });
    await client.detach();
  }
  await page.emulateMedia({ forcedColors: 'active' });
  for (const [name, address] of colours) {
    await show(address);
    await picture(page, `forced-${name}`);
  }
  await page.emulateMedia({ forcedColors: 'none' });
  for (const language of ['pt', 'es', 'zh', 'en-XA']) {
    await page.evaluate((chosen) => localStorage.setItem('compasso.language', chosen), language);
    for (const [name, address] of colours) {
      await show(address);
      await picture(page, `${language}-${name}`);
    }
  }
  await page.evaluate(() => localStorage.removeItem('compasso.language'));
  await page.setViewportSize({ width: 360, height: 740 });
  for (const address of [...addresses(seeded), [at(run), '.steps'], [at(longest), '.steps'], ['/approvals', '.inspector form']]) {
    await show(address);
    await picture(page, `narrow${address[0].replace(/arn.*%3A/, '').replace(/\W+/g, '-')}`);
  }
}

/** Opens a draft of what a page is about, and chooses a step. */
async function studio(page, address, step, name) {
  await page.goto(server.url + address);
  await page.getByRole('button', { name: 'Open in Studio' }).click();
  await page.locator(`.board [data-step="${step}"] .step-face`).click();
  await page.locator('.drawer').getByText('There is no problem.').waitFor();
  await picture(page, name);
}

async function picture(page, name) {
  if (only && only !== name) return;
  await page.evaluate(() => document.fonts.ready);
  for (const theme of THEMES) {
    await showTheme(page, theme);
    await page.screenshot({ path: join(directory, `${name}-${theme}.png`) });
  }
}
