// What pages say of themselves: without a network, while changes wait, in the zone of the reader; what is due, and figures that lead on.
import assert from 'node:assert/strict';
import { seed } from './seed.mjs';
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let browser;
let page;
let seeded;

const settings = '[beyond-aws]\nschedules = true\n';
const fill = async (server) => {
  const seeded = await seed(server);
  const { items } = await server.rest('GET', '/schedules');
  const nightly = items.find(({ workflowName }) => workflowName === 'nightly-report');
  await server.rest('POST', '/schedules/pause', { ids: [nightly.arn], reason: 'moved' });
  await server.rest('PUT', '/calendars/holidays', { dates: ['2026-12-25'] });
  return seeded;
};
const journey = stage((it) => ({ server, browser, page, filled: seeded } = it), { fill, settings, timeout: 180_000 });

const go = (path) => page.goto(server.url + path);
const of = (run) => `/runs/${encodeURIComponent(run)}`;
const button = (name) => page.getByRole('button', { name, exact: true });
const link = (name) => page.getByRole('main').getByRole('link', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const gone = (it) => it.waitFor({ state: 'detached', ...PATIENCE });
const main = () => page.getByRole('main');

journey('a page that is open says that the server does not answer, one that is opened then offers another try, and both come back', async () => {
  await go(of(seeded.run));
  await page.locator('[data-step]').first().waitFor(PATIENCE);
  await main().getByRole('link', { name: 'Runs', exact: true }).first().click();
  await link('tuesday').waitFor(PATIENCE);
  await browser.context.setOffline(true);
  const away = main().getByRole('status').filter({ hasText: /The server does not answer\. This page is as of \d+:\d\d/ });
  await away.waitFor(PATIENCE);
  assert.ok(await link('tuesday').isVisible(), 'what was there stays');
  await inBothThemes(page);
  await link('tuesday').click();
  await main().getByRole('alert').getByText('The server does not answer.').waitFor(PATIENCE);
  await main().getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await main().getByRole('alert').getByText('The server does not answer.').waitFor(PATIENCE);
  await browser.context.setOffline(false);
  await page.getByRole('heading', { name: 'tuesday' }).waitFor(PATIENCE);
  await gone(away);
  // The browser itself notes each request that failed.
  browser.check(/ERR_INTERNET_DISCONNECTED/);
});

journey('changes can be let wait, are counted, and are shown when the reader wants them', async () => {
  await go('/runs');
  await link('tuesday').waitFor(PATIENCE);
  await page.getByRole('status').getByText('Live').waitFor(PATIENCE);
  await button('Let changes wait').click();
  await page.getByRole('status').getByText('Paused', { exact: true }).waitFor(PATIENCE);
  const id = await server.run(await server.create('unseen', { only: { Type: 'Pass', End: true } }), 'waits');
  await server.until(id, 'SUCCEEDED');
  await page.getByRole('status').getByText(/^Paused — \d+ changes? waiting$/).waitFor(PATIENCE);
  assert.equal(await button('1 new run, show it').count(), 0);
  await inBothThemes(page);
  await button('Let changes wait').click();
  await button('1 new run, show it').waitFor(PATIENCE);
  await page.getByRole('status').getByText('Live').waitFor(PATIENCE);
});

journey('times are shown in the zone that the reader chooses', async () => {
  await go('/settings');
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await page.waitForFunction(() => document.querySelector('.options select')?.value !== undefined && localStorage.getItem('compasso.zone') === 'Asia/Tokyo', null, PATIENCE);
  await go('/pipelines/nightly-report');
  const time = main().locator('time').first();
  await time.waitFor(PATIENCE);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  assert.ok((await time.innerText()).endsWith(clock.format(new Date(await time.getAttribute('datetime')))));
  await go('/schedules?view=calendar&date=2027-01-15');
  // Two in the night of Lisbon is eleven in the morning of Tokyo.
  await page.getByRole('link', { name: /11:00 nightly-report/ }).first().waitFor(PATIENCE);
});

journey('the list of schedules tells what happens on an overlap and what did not run, and Escape closes the one that is open', async () => {
  await go('/schedules');
  for (const name of ['On overlap', 'Not run, 24 h', 'Last', 'Next']) await page.getByRole('columnheader', { name }).waitFor(PATIENCE);
  await page.getByRole('row').filter({ hasText: '0 2 * * *' }).getByText('as usual').waitFor(PATIENCE);
  await page.getByRole('button', { name: /hourly-sync/ }).click();
  const open = page.getByRole('complementary', { name: /hourly-sync/ });
  await open.waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await gone(open);
  assert.equal(new URL(page.url()).searchParams.get('of'), null);
});

journey('Escape leaves the step of a run that was chosen, for the one that it was opened at', async () => {
  await go(`${of(seeded.run)}?step=Reserve`);
  await page.getByRole('complementary', { name: 'Step Reserve' }).waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: 'Step Charge card' }).waitFor(PATIENCE);
  assert.equal(new URL(page.url()).searchParams.get('step'), null);
});

journey('a schedule keeps to a calendar of the server that is chosen for it', async () => {
  await go('/schedules');
  await button('New schedule…').click();
  await dialog().getByLabel('Name').fill('by-calendar');
  await dialog().getByLabel('Workflow').selectOption('order');
  await dialog().getByRole('textbox', { name: 'Cron' }).fill('30 2 * * *');
  await dialog().getByLabel('Days of a calendar').selectOption('holidays');
  await dialog().getByLabel('On its days').selectOption('run on the next open day');
  await inBothThemes(page);
  await dialog().locator('footer .primary').click();
  await gone(dialog());
  const { items } = await server.rest('GET', '/schedules');
  assert.deepEqual(items.find(({ id }) => id === 'by-calendar').spec.calendar, { mode: 'next', name: 'holidays' });
});

journey('each figure of the overview leads to what it counts, and so do its bars', async () => {
  const leads = async (name, wanted) => {
    await go('/overview');
    const figure = page.locator('.figures > div').filter({ has: page.getByText(name, { exact: true }) }).getByRole('link');
    await figure.click(PATIENCE);
    await page.waitForURL((url) => wanted.test(decodeURIComponent(url.pathname + url.search).replaceAll('+', ' ')), PATIENCE);
  };
  await leads('Half took up to', /^\/runs.*q=duration >= \d+ms/);
  await leads('Late schedules', /^\/schedules\?only=late/);
  await main().getByText('0 schedules are late.').waitFor(PATIENCE);
  await leads('Schedules at rest', /^\/schedules\?only=rest/);
  await main().getByText('1 schedule is at rest.').waitFor(PATIENCE);
  await page.getByRole('row').filter({ hasText: 'nightly-report' }).waitFor(PATIENCE);
  assert.equal(await page.getByRole('row').filter({ hasText: 'hourly-sync' }).count(), 0);
  await go('/overview');
  const minutes = page.getByRole('group', { name: /^Runs that began, minute by minute: / });
  await minutes.waitFor(PATIENCE);
  await page.getByRole('region', { name: 'How long runs took in 24 hours' }).getByText(/^Tasks waited/).waitFor(PATIENCE);
  await inBothThemes(page);
  await minutes.locator('.bar:has(.good:not([style*="height: 0"]))').first().click();
  await page.waitForURL((url) => /^started >= \S+ and started < \S+$/.test(url.searchParams.get('q') ?? ''), PATIENCE);
  await link('tuesday').waitFor(PATIENCE);
});

journey('the overview shows what rules of alerts hold and told', async () => {
  await server.push(`
pipeline: on-call
on:
  alert:
    - {id: broken, failures: {count: 1, within: 1h, workflow: "doomed-*"}}
    - {id: silent, failures: {count: 1, within: 1h, workflow: "nobody-*"}}
tasks: {tell: {noop: true}}
`);
  const id = await server.run(await server.create('doomed-orders', { only: { Type: 'Fail', Error: 'Sold.Out' } }), 'one');
  await server.until(id, 'FAILED');
  await go('/overview');
  const rule = (name) => page.getByRole('region', { name: 'Alerts' }).getByRole('listitem').filter({ hasText: name });
  await rule('on-call · broken').getByText('Firing').waitFor(PATIENCE);
  await rule('on-call · broken').getByText(/told once$/).waitFor(PATIENCE);
  await rule('on-call · silent').getByText('Quiet').waitFor(PATIENCE);
  await rule('on-call · silent').getByText('never told').waitFor(PATIENCE);
  await inBothThemes(page);
  await rule('on-call · broken').locator('a:has(time)').click();
  await page.waitForURL(/\/runs\//, PATIENCE);
});
