// A server as people have it after a while: pipelines, schedules, triggers, questions, secrets.
import { EACH, flat, large, LONG, order } from './workflows.mjs';

export const REPORT = `
pipeline: nightly-report
title: Nightly report
description: Extracts the orders of a day, checks them, and sends a report.
owner: data-team
on:
  schedule: {id: nightly, cron: "0 2 * * *", timezone: Europe/Lisbon, params: {note: every night}}
  webhook: {id: hook, path: /reports, params: {note: by the hook}}
params:
  limit: {type: integer, default: 42, minimum: 0, description: Most rows that are read}
  region: {type: string, enum: [eu, us], default: eu}
  fails: {type: boolean, default: false}
  note: {type: string, required: true, title: Note for the readers}
tasks:
  extract:
    run: |
      echo "reading \${{ params.limit }} rows"
      seq 3 | while read n; do echo "row $n"; done
  check:
    needs: extract
    run: 'echo checking; echo "no stock left" >&2; exit \${{ params.fails ? 3 : 0 }}'
  parts:
    needs: extract
    each: [north, south, west]
    run: 'echo "part \${{ item }}"'
  publish:
    needs: [check, parts]
    run: echo published
  tell:
    needs: publish
    noop: true
`;

/** The second version: one task more. */
export const REPORT_AGAIN = `${REPORT}  archive:
    needs: tell
    noop: true
`;

export const RELEASE = `
pipeline: release
tasks:
  build: {noop: true}
  gate:
    needs: build
    approve:
      message: "Release **orders 4.2** to production?\\n\\nIt changes the price table."
      form: {window: {type: string, enum: [now, tonight], required: true}, notes: {type: string}}
  ship: {needs: gate, noop: true}
`;

export const HOURLY = `
pipeline: hourly-sync
on: {schedule: {id: hourly, every: 1h, timezone: UTC}}
tasks:
  pull: {noop: true}
  push: {needs: pull, noop: true}
`;

export const REMOTE = `
pipeline: train-model
tasks:
  fit: {run: echo fit, runs_on: [gpu]}
`;

/** Fills a server, and returns what the runs are called. */
export async function seed(server) {
  await server.push(REPORT);
  const failed = await server.startPipeline('nightly-report', 'monday', { note: 'on Monday', fails: true });
  await server.until(failed, 'FAILED');
  await server.push(REPORT_AGAIN, { description: 'Archives what was sent', author: 'ana' });
  const good = await server.startPipeline('nightly-report', 'tuesday', { note: 'on Tuesday' });
  await server.until(good, 'SUCCEEDED');
  await server.push(HOURLY);
  await server.push(RELEASE);
  await server.push(REMOTE);
  const asking = await server.startPipeline('release', 'orders-4.2');
  const blocked = await server.startPipeline('train-model', 'first');
  await server.rest('PUT', '/secrets/WAREHOUSE_PASSWORD', { value: 'never shown' });
  await server.rest('PUT', '/pools/warehouse', { size: 4 });
  const machine = await server.create('order', order(server.directory));
  const run = await server.run(machine, 'order-4711', { total: 620, items: [{ sku: 'A-1' }, { sku: 'B-2' }] });
  await server.until(run, 'FAILED');
  return { machine, run, failed, good, asking, blocked };
}

/** As long as names may be. */
const LONG_NAME = 'a-name-that-somebody-has-made-as-long-as-names-of-things-may-be-on-this-server';

const LONG_ID = LONG_NAME.replaceAll('-', '_');
/** Of a schedule, as long as it may be. */
const LONG_SCHEDULE = LONG_ID.slice(0, 56);

/** Everything in it has a long name. */
const LONG_PIPELINE = `
pipeline: ${LONG_NAME}
title: ${LONG_NAME.replaceAll('-', ' ')}
description: "${`${LONG_NAME.replaceAll('-', ' ')}. `.repeat(3)}"
owner: ${LONG_NAME}
on:
  schedule: {id: ${LONG_SCHEDULE}, cron: "5 4 1,8,15,22 * 1-5", timezone: America/Argentina/ComodRivadavia}
  webhook: {id: hook_${LONG_SCHEDULE.slice(5)}, path: /hooks/${LONG_NAME}}
tasks:
  fails_${LONG_ID}:
    run: 'echo "${`${LONG_NAME} `.repeat(4)}" >&2; exit 3'
  asks_${LONG_ID}:
    approve: {message: "${`May ${LONG_NAME} go on? `.repeat(4)}", by: [user:${LONG_NAME}]}
  joins_${LONG_ID}:
    needs: [fails_${LONG_ID}, asks_${LONG_ID}]
    noop: true
`;

/** Nothing has come of it yet. */
const FRESH = `
pipeline: never-ran
tasks: {only: {noop: true}}
`;

const LINES = 1_000_000;
const TALK = `
pipeline: talkative
tasks: {talk: {run: seq ${LINES}}}
`;

/** Runs for pages that show many, and one with many states. */
export async function seedMore(server) {
  const many = await server.create('five-hundred-states', large(50));
  const big = await server.run(many, 'all-of-them');
  await server.until(big, 'SUCCEEDED');
  const one = await server.run(await server.create('one-after-the-other', flat(500)), 'all-in-a-row');
  await server.until(one, 'SUCCEEDED');
  const long = await server.create('nightly-import', LONG);
  for (const day of ['monday', 'tuesday', 'wednesday']) await server.run(long, day);
  await server.stop(await server.run(long, 'thursday'), 'Operator', 'The source was moved to another day');
  const fresh = await server.create('never-started', LONG);
  const items = Array.from({ length: 400 }, (_, at) => ({ at, order: `order-${at}` }));
  const mapped = await server.run(await server.create('each-order', EACH), 'four-hundred', { items });
  await server.until(mapped, 'SUCCEEDED');
  for (const text of [LONG_PIPELINE, FRESH, TALK]) await server.push(text);
  const talk = await server.startPipeline('talkative', 'a-million');
  await server.until(talk, 'SUCCEEDED');
  return { big, flat: one, mapped, fresh, talk, ...(await seedLong(server)) };
}

/** What has names as long as they may be. */
async function seedLong(server) {
  const named = await server.create(LONG_NAME, { [LONG_NAME]: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Fail', Error: LONG_NAME, Cause: `${LONG_NAME} `.repeat(8) } });
  const longest = await server.run(named, LONG_NAME);
  const longRun = await server.startPipeline(LONG_NAME, LONG_NAME);
  await server.rest('PUT', `/secrets/${LONG_NAME.toUpperCase().replaceAll('-', '_')}`, { value: 'never shown' });
  await server.rest('PUT', `/pools/${LONG_NAME}`, { size: 4 });
  return { named, longest, longRun, longPipeline: LONG_NAME };
}
