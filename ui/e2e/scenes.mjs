// What pictures are taken of, beside the pages that `addresses` has: dialogs, empty pages, what is rare.
import { studioOf } from './scenes-studio.mjs';

const REPORT = '/pipelines/nightly-report';
const runAt = (id, search = '') => `/runs/${encodeURIComponent(id)}${search}`;
const workflowAt = (id, search = '') => `/workflows/${encodeURIComponent(id)}${search}`;
const FAILED_STEP = '[data-step="Charge card"][data-status="failed"]';
const HOURLY = encodeURIComponent('arn:aws:states:us-east-1:000000000000:pipeline:hourly-sync/hourly');

/** Pages of a server on which there is nothing. */
export const EMPTY = [
  '/overview', '/runs', '/jobs', '/approvals', '/schedules', '/workflows', '/pipelines', '/studio', '/workers', '/secrets',
  '/settings?tab=tokens', '/settings?tab=audit', '/runs?show=steps', '/approvals?tab=closed', '/history', '/schedules?view=calendar',
].map((address) => [`empty${address.replace(/\W+/g, '-')}`, address, '.empty, .block .hint, .block li, .week, .row']);

/** Pages, by their addresses, each with what tells that it has come. */
export function pagesOf({ machine, run, failed, good, asking, blocked, big, flat, longest, longRun, longPipeline, named, mapped, fresh, talk }) {
  return [
    ['overview', '/overview', '.attention'],
    ['runs', '/runs', 'a:has-text("order-4711")'],
    ['runs-none', '/runs?status=TIMED_OUT', '.empty'],
    ['runs-steps', '/runs?show=steps&order=longest', 'a:has-text("Charge card")'],
    ['approvals', '/approvals', '.inspector form'],
    ['schedules', `/schedules?of=${HOURLY}`, '.inspector'],
    ['calendar-week', '/schedules?view=calendar', '.week .tick-block'],
    ['calendar-month', '/schedules?view=calendar&period=month', '.month .tick-block'],
    ['calendar-agenda', '/schedules?view=calendar&period=agenda', '.agenda a'],
    ['workflows', '/workflows', '.row .row-link'],
    ['workflow', workflowAt(machine, '?tab=definition'), '.json pre'],
    ['workflow-versions', workflowAt(machine, '?tab=versions'), '.empty'],
    ['pipelines', '/pipelines', '.row .row-link'],
    ['pipeline-grid', REPORT, '.cell'],
    ['pipeline-runs', `${REPORT}?tab=runs`, '.row-link'],
    ['pipeline-triggers', `${REPORT}?tab=triggers`, '.row .row-link'],
    ['pipeline-backfills', `${REPORT}?tab=backfills`, '.empty'],
    ['pipeline-versions', `${REPORT}?tab=versions`, '.diff'],
    ['pipeline-code', `${REPORT}?tab=code`, '.json pre'],
    ['workers', '/workers', '.stale'],
    ['secrets', '/secrets', '.row .small'],
    ['settings', '/settings', '.options'],
    ['run-failed', runAt(run), FAILED_STEP],
    ['run-list', runAt(run, '?as=list'), '.steps'],
    ['run-timeline', runAt(run, '?tab=timeline'), '.timeline-bar'],
    ['run-events', runAt(run, '?tab=events'), '.events .row:nth-child(3)'],
    ['run-data', runAt(run, '?tab=data'), '.json-lines'],
    ['run-compare', runAt(good, `?tab=data&with=${failed}`), '.table .row:nth-child(1) [role=cell]'],
    ['run-map', runAt(mapped, '?step=Each'), '.counts-bar'],
    ['run-definition', runAt(run, '?tab=definition&step=Reserve'), '.json mark'],
    ['run-large', runAt(big), '[data-status="succeeded"]'],
    ['run-large-far', runAt(big, '?step=30b+2'), '[data-step="30b 2"]'],
    ['run-large-list', runAt(big, '?as=list'), '.steps li'],
    ['run-large-timeline', runAt(big, '?tab=timeline'), '.timeline-bar'],
    ['run-flat', runAt(flat), '[data-status="succeeded"]'],
    ['run-long-names', runAt(longest), '[data-status="failed"]'],
    ['run-long-list', runAt(longest, '?as=list'), '.steps li'],
    ['run-long-events', runAt(longest, '?tab=events'), '.events .row:nth-child(3)'],
    ['run-long-timeline', runAt(longest, '?tab=timeline'), '.timeline-bar'],
    ['run-long-pipeline', runAt(longRun), '[data-step]'],
    ['run-million', runAt(talk, '?tab=logs'), '.log-line'],
    ['pipeline-long-name', `/pipelines/${longPipeline}`, '.cell'],
    ['pipeline-long-triggers', `/pipelines/${longPipeline}?tab=triggers`, '.row .row-link, .empty'],
    ...['grid', 'graph', 'calendar', 'runs', 'backfills', 'metrics', 'triggers', 'versions'].map((tab) => [
      `fresh-pipeline-${tab}`, `/pipelines/never-ran?tab=${tab}`, '.panel .empty, .panel .hint, .panel .row, .panel .week, .panel [data-heat]',
    ]),
    ...['runs', 'graph', 'versions', 'triggers', 'metrics', 'settings'].map((tab) => [
      `fresh-workflow-${tab}`, workflowAt(fresh, `?tab=${tab}`), '.panel .empty, .panel .hint, .panel .row, .panel [data-heat]',
    ]),
    ...['workflows', 'pipelines', 'schedules', 'studio', 'approvals'].map((list) => [`nothing-matches-${list}`, `/${list}?q=zzz`, 'h1']),
    ['runs-query-wrong', '/runs?q=duration+%3E', '.query-mistake'],
    ['runs-query-none', '/runs?q=workflow+%3D+nobody', '.empty'],
    ['workflow-graph', workflowAt(machine, '?tab=graph'), '[data-heat]'],
    ['workflow-triggers', workflowAt(machine, '?tab=triggers'), '.command'],
    ['workflow-metrics', workflowAt(machine, '?tab=metrics'), '.metrics-figures'],
    ['workflow-settings', workflowAt(machine, '?tab=settings'), '.panel button'],
    ['workflow-long-name', workflowAt(named), '.row-link'],
    ['run-pipeline', runAt(failed), '[data-step]'],
    ['run-instances', runAt(failed, '?step=parts'), '[data-step="parts"]'],
    ['run-logs', runAt(failed, '?tab=logs'), '.log-line'],
    ['run-asking', runAt(asking), '[data-step]'],
    ['run-blocked', runAt(blocked), '[data-step]'],
    ['not-found', '/nothing/here', 'h1'],
    ['run-not-found', runAt('arn:aws:states:us-east-1:000000000000:execution:none:none'), '.empty h1'],
    ['pipeline-not-found', '/pipelines/nobody', '.empty h1'],
    ['workflow-not-found', workflowAt('arn:aws:states:us-east-1:000000000000:stateMachine:nobody'), '.empty h1'],
  ];
}

const opened = (page) => page.getByRole('dialog').waitFor();

/** What is opened on a page: the name of the picture, the address, and what to do there. */
export function dialogsOf(seeded) {
  const { run, failed, asking } = seeded;
  const press = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click();
  const commands = async (page) => page.getByRole('dialog').getByText('As a command').click();
  const both = (...acts) => async (page) => {
    for (const act of acts) await act(page);
  };
  return [
    ['redrive', runAt(run), both(press('Redrive…'), opened)],
    ['start-run', '/runs', both(press('Start run…'), commands)],
    ['export', '/runs?status=FAILED', both((page) => page.getByLabel('Mark all rows').check(), press('Take all that match'), press('Export…'), opened)],
    ['save-view', '/runs?status=FAILED', press('Save view…')],
    ['bulk', '/runs?status=RUNNING', both((page) => page.getByLabel('Mark all rows').check(), press('Stop…'), commands)],
    ['rerun', runAt(failed), both(press('Redrive…'), (page) => page.getByText('Change params').click())],
    ['mark', runAt(failed, '?step=check'), both(press('Mark…'), commands)],
    ['stop', runAt(asking), both(press('Stop…'), opened)],
    ['signal', runAt(asking), press('Signal…')],
    ['reject', '/approvals', (page) => page.getByRole('button', { name: /Reject/ }).click()],
    ['approvals-long', '/approvals', (page) => page.getByRole('button', { name: /^May a-name/ }).click()],
    ['approve-command', '/approvals', (page) => page.getByText('As a command').click()],
    ['schedule-new', '/schedules', async (page) => {
      await press('New schedule…')(page);
      await page.getByRole('textbox', { name: 'Cron' }).fill('30 2 * * *');
      await page.getByRole('region', { name: 'Next times' }).locator('time').nth(9).waitFor();
    }],
    ['schedule-pause', `/schedules?of=${HOURLY}`, press('Pause…')],
    ['pipeline-task', REPORT, both((page) => page.locator('.cell').nth(2).click(), (page) => page.locator('.inspector .facts').waitFor())],
    ['pipeline-start', REPORT, press('Start run…')],
    ['pipeline-pause', REPORT, press('Pause…')],
    ['replay', `${REPORT}?tab=triggers`, async (page) => {
      await page.request.post(new URL('/hooks/reports', page.url()).href, { data: {} });
      await page.reload();
      await both(press('Replay…'), commands)(page);
    }],
    ['backfill-plan', `${REPORT}?tab=backfills`, async (page) => {
      await press('Backfill…')(page);
      await page.getByLabel('From').fill('2026-01-01');
      await page.getByLabel('To').fill('2026-02-01');
      await press('Preview')(page);
      await page.locator('.plan').waitFor();
    }],
    ['secret-new', '/secrets', both(press('New secret…'), commands)],
    ['connection-new', '/secrets', press('New connection…')],
    ['pool', '/workers', press('Resize…')],
    ['keys', '/overview', both((page) => page.locator('.attention').first().waitFor(), (page) => page.keyboard.press('?'), opened)],
    ['palette', '/overview', async (page) => {
      await page.locator('.attention').first().waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('or');
      await page.getByRole('option', { name: /order-4711/ }).waitFor();
    }],
    ...studioOf(seeded),
  ];
}

/** What comes of changes, one after the other; the last one locks the server. */
export function changesOf({ asking }) {
  const dialog = (page) => page.getByRole('dialog');
  return [
    ['job', '/runs?status=RUNNING', async (page) => {
      await page.getByLabel('Mark nightly-import monday').or(page.getByLabel('Mark monday')).first().check();
      await page.getByRole('button', { name: 'Stop…' }).first().click();
      await dialog(page).getByRole('button', { name: 'Stop 1 run' }).click();
      await page.getByText('Finished').waitFor();
    }],
    ['jobs', '/jobs', (page) => page.locator('.row-link').first().waitFor()],
    ['acts', runAt(asking), async (page) => {
      await page.getByRole('button', { name: 'Hold all tasks' }).click();
      await page.locator('.acts-button').waitFor();
      await page.keyboard.press('c');
      await opened(page);
    }],
    ['refused', '/secrets', async (page) => {
      await page.getByRole('button', { name: 'New connection…' }).click();
      for (const [label, value] of [['Name', 'shop'], ['Header', 'X-Key']]) await dialog(page).getByLabel(label).fill(value);
      await dialog(page).getByLabel('Key').last().fill('secret');
      await dialog(page).getByRole('button', { name: 'Keep' }).click();
      await page.getByRole('button', { name: 'Test shop' }).click();
      await dialog(page).getByLabel('Address').fill('https://localhost:9/nobody');
      await dialog(page).getByRole('button', { name: 'Call' }).click();
      await dialog(page).getByRole('status', { name: 'What came back' }).waitFor();
    }],
    ['approvals-done', '/approvals', async (page) => {
      await page.locator('.inspector').getByLabel('window').selectOption('now');
      await page.keyboard.press('a');
      // It can be taken back for a while.
      await page.getByRole('button', { name: /Release orders/ }).waitFor({ state: 'detached' });
      await page.goto(new URL('/approvals?tab=closed', page.url()).href);
      await page.getByRole('button', { name: /Release orders/ }).click();
    }],
    ['backfill', '/pipelines/hourly-sync?tab=backfills', async (page) => {
      const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
      await page.getByRole('button', { name: 'Backfill…' }).click();
      await dialog(page).getByLabel('From').fill(day(2));
      await dialog(page).getByLabel('To').fill(day(1));
      await dialog(page).getByRole('button', { name: 'Preview' }).click();
      await dialog(page).getByRole('button', { name: /^Begin/ }).click();
      await page.getByText('24/24').waitFor();
    }],
    ['backfills', '/pipelines/hourly-sync?tab=backfills', (page) => page.getByText('24 well').waitFor()],
    ['offline', '/runs', async (page) => {
      await page.route('**/api/**', (route) => route.abort());
      await page.evaluate(() => dispatchEvent(new Event('offline')));
      await page.locator('.away').waitFor();
      await page.unroute('**/api/**');
    }],
    ['token-new', '/settings?tab=tokens', (page) => page.getByRole('button', { name: 'New token…' }).click()],
    ['token-made', '/settings?tab=tokens', async (page) => {
      await page.getByRole('button', { name: 'New token…' }).click();
      await dialog(page).locator('input[name=name]').fill('root');
      await dialog(page).getByRole('button', { name: 'Create' }).click();
      await dialog(page).locator('.token-made').waitFor();
    }],
    ['tokens', '/settings?tab=tokens', (page) => page.getByRole('cell', { name: 'root', exact: true }).waitFor()],
    ['audit', '/settings?tab=audit', (page) => page.getByText('pipeline:nightly-report').first().waitFor()],
    ['audit-record', '/settings?tab=audit', async (page) => {
      await page.getByText('pipeline:nightly-report').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await dialog(page).waitFor();
    }],
    ['sign-in', '/settings', async (page) => {
      await page.getByRole('button', { name: /Sign out/ }).click();
      await page.locator('.sign-in input').first().waitFor();
    }],
  ];
}
