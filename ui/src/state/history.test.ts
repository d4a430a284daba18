import { expect, it } from 'vitest';
import { load } from '../i18n/text';
import { entriesOf, readHistory, stepsOf, tasksOf, withStates } from './history';

const AT = '2026-01-31T12:00:00.000+00:00';
/** As `aws stepfunctions get-execution-history` prints it, the latest first. */
const OF_AWS = {
  events: [
    { timestamp: AT, type: 'ExecutionFailed', id: 12, previousEventId: 11, executionFailedEventDetails: { error: 'Broken' } },
    { timestamp: AT, type: 'FailStateEntered', id: 11, previousEventId: 10, stateEnteredEventDetails: { name: 'Stop', input: '{}' } },
    { timestamp: AT, type: 'ParallelStateExited', id: 10, previousEventId: 9, stateExitedEventDetails: { name: 'Both', output: '[]' } },
    { timestamp: AT, type: 'ParallelStateSucceeded', id: 9, previousEventId: 8 },
    { timestamp: AT, type: 'TaskStateExited', id: 8, previousEventId: 7, stateExitedEventDetails: { name: 'Left', output: '1' } },
    { timestamp: AT, type: 'TaskFailed', id: 7, previousEventId: 6, taskFailedEventDetails: { error: 'No', cause: 'not today' } },
    { timestamp: AT, type: 'TaskScheduled', id: 6, previousEventId: 4, taskScheduledEventDetails: { resource: 'x' } },
    { timestamp: AT, type: 'PassStateEntered', id: 5, previousEventId: 3, stateEnteredEventDetails: { name: 'Right' } },
    { timestamp: AT, type: 'TaskStateEntered', id: 4, previousEventId: 3, stateEnteredEventDetails: { name: 'Left' } },
    { timestamp: AT, type: 'ParallelStateStarted', id: 3, previousEventId: 2 },
    { timestamp: 1_769_860_800.5, type: 'ParallelStateEntered', id: 2, previousEventId: 0, stateEnteredEventDetails: { name: 'Both' } },
    { timestamp: AT, type: 'ExecutionStarted', id: 1, previousEventId: 0, executionStartedEventDetails: { input: '{"a":1}' } },
  ],
};

it('reads what the AWS CLI prints, in the order of the events', () => {
  const events = readHistory(JSON.stringify(OF_AWS));
  expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(events[0]).toEqual({ id: 1, previous: 0, at: '2026-01-31T12:00:00.000Z', type: 'ExecutionStarted', scope: 0, details: { input: '{"a":1}' } });
  expect(events[1]!.at).toBe('2026-01-31T12:00:00.500Z');
});

it('reads what it wrote itself', () => {
  const events = readHistory(JSON.stringify(OF_AWS));
  expect(readHistory(JSON.stringify({ events }))).toEqual(events);
});

it('finds the entries of states, what is inside of what, and how they ended', () => {
  const entries = entriesOf(readHistory(JSON.stringify(OF_AWS)));
  expect(entries.map(({ state, depth, parent, status }) => [state, depth, parent, status])).toEqual([
    ['Both', 0, null, 'succeeded'],
    ['Left', 1, 2, 'caught'],
    ['Right', 1, 2, 'aborted'],
    ['Stop', 0, null, 'failed'],
  ]);
});

it('gives a Parallel its failure and the time until then, and what was given up inside the same end', () => {
  const at = (second: number) => `2026-01-31T12:00:0${second}.000Z`;
  const event = (id: number, previous: number, type: string, second: number, name?: string) => ({ id, previous, type, scope: 0, at: at(second), details: { name } });
  const events = [
    event(1, 0, 'ExecutionStarted', 0),
    event(2, 1, 'ParallelStateEntered', 0, 'Both'),
    event(3, 2, 'ParallelStateStarted', 0),
    event(4, 3, 'WaitStateEntered', 0, 'Long'),
    event(5, 3, 'WaitStateEntered', 0, 'Short'),
    event(6, 5, 'WaitStateExited', 3, 'Short'),
    event(7, 6, 'FailStateEntered', 3, 'Stop'),
    event(8, 7, 'ParallelStateFailed', 3),
  ];
  const told = (more: readonly ReturnType<typeof event>[]) => entriesOf([...events, ...more]).map(({ state, status, last }) => [state, status, last.at]);
  expect(told([event(9, 8, 'ExecutionFailed', 4)])).toEqual([
    ['Both', 'failed', at(3)],
    ['Long', 'aborted', at(3)],
    ['Short', 'succeeded', at(3)],
    ['Stop', 'failed', at(3)],
  ]);
  expect(told([event(9, 8, 'ParallelStateExited', 4, 'Both'), event(10, 9, 'ExecutionSucceeded', 5)])[0]).toEqual(['Both', 'caught', at(4)]);
});

it('tells the tasks of a pipeline without what is made around them', () => {
  const event = (id: number, previous: number, type: string, name?: string) => ({ id, previous, type, scope: 0, at: AT, details: { name } });
  const entries = entriesOf([
    event(1, 0, 'ExecutionStarted'),
    event(2, 1, 'ParallelStateEntered', '(run)'),
    event(3, 2, 'MapStateEntered', 'parts'),
    event(4, 3, 'TaskStateEntered', 'parts[]'),
  ]);
  expect(tasksOf(entries).map(({ state, parent, depth }) => [state, parent, depth])).toEqual([['parts', null, 0], ['parts[]', 3, 1]]);
});

it('has a group under way while a task in it has ended', () => {
  const event = (id: number, previous: number, scope: number, type: string, name?: string) => ({ id, previous, type, scope, at: AT, details: { name } });
  const entries = entriesOf([
    event(1, 0, 0, 'ExecutionStarted'),
    event(2, 1, 1, 'ParallelStateEntered', 'group'),
    event(3, 2, 2, 'PassStateEntered', 'group.one'),
    event(4, 2, 3, 'TaskStateEntered', 'group.two'),
    event(5, 3, 2, 'PassStateExited', 'group.one'),
    event(6, 5, 2, 'BranchExited', 'one'),
  ]);
  expect(entries.map(({ state, status }) => [state, status])).toEqual([['group', 'running'], ['group.one', 'succeeded'], ['group.two', 'running']]);
});

it('ends a task of a pipeline with its branch, and puts beside it what comes then', () => {
  const at = (second: number) => `2026-01-31T12:00:0${second}.000Z`;
  const event = (id: number, scope: number, type: string, second: number, name?: string) => ({ id, previous: id - 1, type, scope, at: at(second), details: { name } });
  const entries = entriesOf([
    event(1, 0, 'ExecutionStarted', 0),
    event(2, 0, 'ParallelStateEntered', 0, '(run)'),
    event(3, 1, 'MapStateEntered', 1, 'shops'),
    event(4, 2, 'TaskStateEntered', 1, 'shops[]'),
    event(5, 2, 'TaskFailed', 3),
    event(6, 2, 'MapIterationFailed', 3, 'shops'),
    event(7, 1, 'MapStateFailed', 3),
    event(8, 1, 'BranchExited', 3, 'shops'),
    event(9, 0, 'AsideEntered', 3, '(compensation)'),
    event(10, 3, 'PassStateEntered', 3, 'pay (compensate) (given)'),
    event(11, 3, 'PassStateExited', 3, 'pay (compensate) (given)'),
    event(12, 3, 'TaskStateEntered', 3, 'pay (compensate)'),
    event(13, 3, 'TaskFailed', 9),
    event(14, 3, 'AsideExited', 9, '(compensation)'),
    event(15, 0, 'AsideEntered', 9, '(on_failure)'),
    event(16, 4, 'TaskStateEntered', 9, '(on_failure)'),
  ]);
  expect(tasksOf(entries).map(({ state, depth, status, last }) => [state, depth, status, last.at])).toEqual([
    ['shops', 0, 'failed', at(3)],
    ['shops[]', 1, 'failed', at(3)],
    ['pay (compensate)', 0, 'failed', at(9)],
    ['(on_failure)', 0, 'running', at(9)],
  ]);
});

it('tells steps as a run does', () => {
  const [both, left] = stepsOf(entriesOf(readHistory(JSON.stringify(OF_AWS))));
  expect([both!.kind, both!.entryEvent, both!.exitEvent]).toEqual(['Parallel', 2, 10]);
  expect([left!.status, left!.attempts, left!.error, left!.cause]).toEqual(['caught', 1, 'No', 'not today']);
});

it('says what is wrong with a file', async () => {
  await load('history');
  expect(() => readHistory('events')).toThrow('JSON');
  expect(() => readHistory('{"states": []}')).toThrow('“events”');
  expect(() => readHistory('{"events": [{"id": 1, "type": "ExecutionStarted"}]}')).toThrow('Event 1');
});

it('gives each event the state that its scope is in', () => {
  const event = (id: number, type: string, scope: number, name?: string) => ({ id, type, scope, previous: id - 1, at: AT, details: { name } });
  const told = withStates([event(1, 'ExecutionStarted', 0), event(2, 'TaskStateEntered', 0, 'A'), event(3, 'TaskScheduled', 0), event(4, 'TaskStateExited', 0, 'A'), event(5, 'ExecutionSucceeded', 0)]);
  expect(told.map(({ state }) => state)).toEqual([undefined, 'A', 'A', 'A', undefined]);
});
