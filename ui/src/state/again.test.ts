import { expect, test } from 'vitest';
import type { TaskView } from '../api/schema';
import type { Graph, GraphNode } from '../graph/compile';
import type { Step } from '../api/types';
import { againOf, changed, gone, hasFailed, paramsOfInput, redrivePlan, renewed, tasksOf, textsOf, undoable } from './again';
import type { Param } from './params';

const PARAMS: Param[] = [
  { name: 'limit', type: 'integer', default: 1, required: false },
  { name: 'note', type: 'string', required: false },
];
const task = (id: string, state: string, more: Partial<TaskView> = {}): TaskView => ({ id, state, attempts: 1, ...more });
const node = (id: string, compensates: boolean) => ({ id, source: compensates ? { compensates } : {} }) as unknown as GraphNode;

test('what runs again is said by the task that is selected', () => {
  expect(tasksOf('failed', 'load')).toEqual({ failed: true });
  expect(tasksOf('from', 'load')).toEqual({ from: ['load'] });
  expect(tasksOf('only', 'load')).toEqual({ tasks: ['load'] });
  expect(tasksOf('all', null)).toEqual({ all: true });
  expect(tasksOf('new', null)).toEqual({ new: true });
  expect(tasksOf('latest', null)).toEqual({ new: true, version: 'latest' });
});

test('a run has failed tasks even if it ended well', () => {
  expect(hasFailed([task('a', 'success')], 'SUCCEEDED')).toBe(false);
  expect(hasFailed([task('a', 'failed')], 'SUCCEEDED')).toBe(true);
  expect(hasFailed([], 'TIMED_OUT')).toBe(true);
});

test('only params that differ are sent, and one that was emptied gets its default again', () => {
  const before = paramsOfInput('{"params": {"limit": 7, "note": "x"}}');
  const texts = textsOf(PARAMS, before);
  expect(changed(PARAMS, before, texts)).toEqual({});
  expect(changed(PARAMS, before, { ...texts, limit: '8' })).toEqual({ limit: 8 });
  expect(changed(PARAMS, before, { ...texts, note: '' })).toEqual({ note: null });
  expect(paramsOfInput('no JSON')).toEqual({});
});

test('another version has its own defaults, and only its own params', () => {
  const latest = [{ ...PARAMS[0]!, default: 20 }, { name: 'who', required: false }];
  expect(renewed(PARAMS, latest, { limit: 1, note: 'x' })).toEqual({ limit: 20 });
  expect(renewed(PARAMS, latest, { limit: 7, note: 'x' })).toEqual({ limit: 7 });
  expect(gone(latest, { limit: 7, note: 'x' })).toEqual({ note: null });
});

test('what a saga undoes is what did its work, or may have: the last first', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => node(id, id !== 'b'));
  const tasks = [
    task('a', 'success', { ended: '2026-01-01T00:00:01Z' }),
    task('b', 'success', { ended: '2026-01-01T00:00:02Z' }),
    task('c', 'failed', { started: '2026-01-01T00:00:02Z', ended: '2026-01-01T00:00:03Z', error: 'Lost' }),
    task('d', 'failed', { started: '2026-01-01T00:00:02Z', ended: '2026-01-01T00:00:04Z', error: 'Exit.3' }),
    task('e', 'failed', { ended: '2026-01-01T00:00:05Z', instances: { running: 0, succeeded: 2, failed: 1 } }),
    task('f', 'upstream_failed'),
  ];
  expect(undoable(nodes, tasks).map(({ id }) => id)).toEqual(['e', 'c', 'a']);
});

test('what runs again is known before: what follows a task, what follows the group around it, and what is in a group', () => {
  const place = (id: string, parent: string | null = null, isContainer = false) => ({ id, parent, isContainer });
  const way = (from: string, to: string) => ({ from, to });
  const graph = {
    nodes: [place('checks', null, true), place('last', null, true), place('read'), place('checks.a', 'checks'), place('checks.b', 'checks'), place('side'), place('last.x', 'last')],
    edges: [way('read', 'checks'), way('read', 'side'), way('checks.a', 'checks.b'), way('checks', 'last')],
  } as unknown as Graph;
  const tasks = [task('read', 'success'), task('checks.a', 'failed'), task('checks.b', 'upstream_failed'), task('side', 'success')];
  expect(againOf('failed', null, graph, tasks)).toEqual(['checks.a', 'checks.b', 'last.x']);
  expect(againOf('from', 'checks.a', graph, tasks)).toEqual(['checks.a', 'checks.b', 'last.x']);
  expect(againOf('from', 'read', graph, tasks)).toEqual(['read', 'checks.a', 'checks.b', 'side', 'last.x']);
  expect(againOf('only', 'checks', graph, tasks)).toEqual(['checks.a', 'checks.b']);
  expect(againOf('all', null, graph, tasks)).toHaveLength(5);
});

test('a redrive goes on where states stopped, whatever stands around them', () => {
  const graph = { nodes: [{ id: 'Both', isContainer: true }, { id: 'Left', isContainer: false }] } as unknown as Graph;
  const step = (state: string, status: string) => ({ state, status }) as unknown as Step;
  const steps = [step('First', 'succeeded'), step('Both', 'failed'), step('Left', 'failed'), step('Right', 'aborted')];
  expect(redrivePlan(graph, steps)).toEqual({ goesOnAt: ['Left', 'Right'], kept: 1 });
});
