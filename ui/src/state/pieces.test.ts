import { expect, it } from 'vitest';
import type { RunEvent } from '../api/types';
import { piecesOf, piecesOfTasks } from './pieces';

const BEGAN = Date.parse('2026-01-31T12:00:00Z');
/** Events of one state, each with its second. */
const events = (...all: readonly (readonly [type: string, second: number])[]): RunEvent[] =>
  all.map(([type, second], at) => ({ id: at + 1, previous: at, type, scope: 0, at: new Date(BEGAN + second * 1_000).toISOString(), details: { name: 'A' } }));
const seconds = (all: readonly RunEvent[]) =>
  piecesOf(all).get('A')!.map(({ kind, status, from, to }) => [kind, status, (from - BEGAN) / 1_000, (to - BEGAN) / 1_000]);

it('tells attempts, what came before each, and the pause between them apart', () => {
  const told = events(
    ['TaskStateEntered', 0], ['TaskScheduled', 0], ['TaskStarted', 2], ['TaskFailed', 3],
    ['TaskScheduled', 7], ['TaskStarted', 8], ['TaskSucceeded', 9], ['TaskStateExited', 9],
  );
  expect(seconds(told)).toEqual([
    ['queued', 'waiting', 0, 2],
    ['attempt', 'failed', 2, 3],
    ['waiting', 'waiting', 3, 7],
    ['queued', 'waiting', 7, 8],
    ['attempt', 'succeeded', 8, 9],
  ]);
});

it('shows a state without a task as one piece, and a Wait as waiting', () => {
  expect(seconds(events(['PassStateEntered', 1], ['PassStateExited', 1]))).toEqual([['attempt', 'succeeded', 1, 1]]);
  expect(seconds(events(['WaitStateEntered', 1], ['WaitStateExited', 5]))).toEqual([['waiting', 'succeeded', 1, 5]]);
});

it('ends with the attempt that was under way', () => {
  const told = events(['TaskStateEntered', 0], ['TaskScheduled', 0], ['TaskStarted', 1], ['TaskTimedOut', 4]);
  expect(seconds(told)).toEqual([['queued', 'waiting', 0, 1], ['attempt', 'timed_out', 1, 4]]);
});

it('draws what was given up until the run ended', () => {
  expect(seconds(events(['WaitStateEntered', 1], ['ExecutionAborted', 5]))).toEqual([['waiting', 'aborted', 1, 5]]);
});

it('goes on with what is under way', () => {
  expect(seconds(events(['TaskStateEntered', 0], ['TaskScheduled', 0], ['TaskStarted', 1]))).toEqual([
    ['queued', 'waiting', 0, 1],
    ['attempt', 'running', 1, Infinity],
  ]);
  expect(seconds(events(['TaskStateEntered', 0], ['TaskScheduled', 1]))).toEqual([
    ['waiting', 'waiting', 0, 1],
    ['queued', 'waiting', 1, Infinity],
  ]);
});

it('tells the attempts of a task apart', () => {
  const at = (second: number) => new Date(BEGAN + second * 1_000).toISOString();
  const tries = [
    { event: 1, queued: at(1), started: at(2), ended: at(4), error: 'Exit' },
    { event: 2, queued: at(6), started: at(6) },
  ];
  const told = (task: object) =>
    piecesOfTasks([{ id: 'A', state: 'running', attempts: 2, started: at(0), tries, ...task }], []).get('A')!.map(({ kind, status, from, to }) => [kind, status, (from - BEGAN) / 1_000, (to - BEGAN) / 1_000]);
  const before = [['waiting', 'waiting', 0, 1], ['queued', 'waiting', 1, 2], ['attempt', 'failed', 2, 4], ['waiting', 'waiting', 4, 6]];
  expect(told({})).toEqual([...before, ['attempt', 'running', 6, Infinity]]);
  expect(told({ state: 'cancelled', ended: at(9) })).toEqual([...before, ['attempt', 'aborted', 6, 9]]);
  expect(piecesOfTasks([{ id: 'B', state: 'none', attempts: 0 }], []).size).toBe(0);
});

it('shows a task that only waits as waiting', () => {
  const at = (second: number) => new Date(BEGAN + second * 1_000).toISOString();
  const node = (id: string, kind: string) => ({ id, kind, sub: '', parent: null, isContainer: false, source: {} });
  const nodes = [node('nap', 'wait'), node('gate', 'approve'), node('group', 'tasks'), node('later', 'wait')];
  const task = (id: string, state: string, more: object) => ({ id, state, attempts: 0, ...more });
  const told = piecesOfTasks(
    [task('nap', 'waiting', { started: at(1) }), task('gate', 'success', { started: at(1), ended: at(5) }), task('group', 'running', { started: at(1) }), task('later', 'none', {})],
    nodes,
  );
  expect([...told]).toEqual([
    ['nap', [{ kind: 'waiting', status: 'waiting', from: BEGAN + 1_000, to: Infinity }]],
    ['gate', [{ kind: 'waiting', status: 'succeeded', from: BEGAN + 1_000, to: BEGAN + 5_000 }]],
  ]);
});
