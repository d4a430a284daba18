import { expect, it } from 'vitest';
import type { TaskView } from '../api/schema';
import { asking, ordersOfAll, statusOf, stepsOf } from './taskSteps';

const task = (id: string, state: string, more = {}): TaskView => ({ id, state, attempts: 1, ...more });
const edge = (from: string, to: string) => ({ id: '', from, to, kind: 'next' as const, label: '', parent: null });

it('follows needs to the tasks that ran, and counts instances', () => {
  const tasks = [
    task('a', 'success', { started: '2026-01-31T12:00:00Z', ended: '2026-01-31T12:00:01Z' }),
    task('b', 'failed', { instances: { running: 0, succeeded: 2, failed: 1 } }),
    task('c', 'upstream_failed'),
    task('d', 'none'),
  ];
  const steps = stepsOf(tasks, { nodes: [], edges: [edge('a', 'b'), edge('b', 'c'), edge('a', 'd')] });
  expect(steps.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'upstream_failed', 'not_reached']);
  expect(steps.map(({ followers }) => followers)).toEqual([['b'], [], [], []]);
  expect(steps[1]!.counts).toEqual({ succeeded: 2, failed: 1 });
  expect(steps[0]!.left).toBe('2026-01-31T12:00:01Z');
});

it('takes no time for a task that never began', () => {
  const ended = '2026-01-31T12:00:05Z';
  const tasks = [task('c', 'upstream_failed', { ended }), task('d', 'cancelled', { ready: '2026-01-31T12:00:01Z', ended }), task('e', 'queued', { ready: ended })];
  const steps = stepsOf(tasks, { nodes: [], edges: [] });
  expect(steps.map(({ entered, left }) => [entered, left])).toEqual([[ended, ended], [ended, ended], [ended, undefined]]);
});

it('ends a task that was marked later with its last attempt', () => {
  const [started, over, ended] = ['2026-01-31T12:00:00Z', '2026-01-31T12:00:01Z', '2026-01-31T13:00:00Z'];
  const tries = [{ number: 1, event: 4, queued: started, started, ended: over, error: 'Exit.1' }];
  const marked = { at: ended, by: 'ana' };
  const [step] = stepsOf([task('a', 'success', { started, ended, tries, marked })], { nodes: [], edges: [] });
  expect(step!.left).toBe(over);
});

it('says of a task under way that asks people that it needs them, wherever it is shown', () => {
  const node = (id: string, kind: string) => ({ id, kind, sub: '', parent: null, isContainer: false, source: {} });
  const asks = asking([node('gate', 'approve'), node('nap', 'wait')]);
  const status = (id: string, state: string) => statusOf({ state }, asks.has(id));
  expect(status('gate', 'waiting')).toBe('approval');
  expect(status('gate', 'success')).toBe('succeeded');
  expect(status('nap', 'waiting')).toBe('waiting');
});

it('holds all tasks where some can still be held, although others are', () => {
  const held = task('held', 'blocked', { asked: { order: 'hold', at: '2026-01-31T12:00:00Z' } });
  const gone = task('gone', 'running', { started: '2026-01-31T12:00:00Z' });
  expect(ordersOfAll([gone, task('next', 'none')])).toEqual(['hold']);
  expect(ordersOfAll([gone, held, task('next', 'none')])).toEqual(['hold', 'release']);
  expect(ordersOfAll([gone, held])).toEqual(['release']);
});
