import { expect, it } from 'vitest';
import type { TaskView } from '../api/schema';
import { givenIn, withGroups } from './givenEnds';

const outputAt = (event: number) => Promise.resolve(event === 9 ? '{"large":true}' : undefined);
const given = async (...tasks: readonly Omit<TaskView, 'attempts'>[]) =>
  JSON.parse(await givenIn(tasks.map((task) => ({ ...task, attempts: 1 })), [...tasks.map(({ id }) => id), 'other'], outputAt)) as unknown;

it('gives what tasks gave in a run, and nothing where it did not come to them', async () => {
  const extract = { id: 'extract', state: 'success', error: 'Exit.1', output: { event: 4, bytes: 7, value: { n: 1 } } };
  const load = { id: 'load', state: 'success', output: { event: 9, bytes: 70_000 } };
  const running = { id: 'running', state: 'retrying', error: 'Exit.1' };
  expect(await given(extract, load, running)).toEqual({
    extract: { output: { n: 1 } },
    load: { output: { large: true } },
    running: { output: null },
    other: { output: null },
  });
});

it('gives what failed and what did not run as such', async () => {
  const failed = { id: 'failed', state: 'failed', error: 'Exit.1', cause: 'no disk' };
  expect(await given(failed, { id: 'skipped', state: 'skipped' }, { id: 'not_run', state: 'upstream_failed' }, { id: 'ended', state: 'cancelled' })).toEqual({
    failed: { error: { name: 'Exit.1', cause: 'no disk' } },
    skipped: { skipped: true },
    not_run: { error: { name: 'UpstreamFailed' } },
    ended: { error: { name: 'Cancelled' } },
    other: { output: null },
  });
});

it('knows the groups around a task', () => {
  expect(withGroups('all.check.one')).toEqual(['all', 'all.check', 'all.check.one']);
});
