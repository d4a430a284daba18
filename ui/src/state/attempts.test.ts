import { expect, test } from 'vitest';
import type { RunEvent } from '../api/types';
import { attemptsOf } from './attempts';

const second = (n: number) => `2026-01-31T12:00:0${n}.000Z`;
const event = (id: number, type: string, details: RunEvent['details'] = {}, scope = 0): RunEvent => ({
  id, type, details, scope, previous: id - 1, at: second(id),
});

test('each attempt has its times, and the error that it ended with', () => {
  const events = [
    event(2, 'TaskStateEntered', { name: 'Call' }),
    event(3, 'TaskScheduled'),
    event(4, 'TaskStarted'),
    event(5, 'TaskFailed', { error: 'Busy', cause: 'try later' }),
    event(6, 'TaskScheduled'),
    event(7, 'TaskStarted', { workerName: 'w-1' }),
    event(8, 'TaskSucceeded', { output: '{}' }),
    event(9, 'TaskStateExited', { name: 'Call' }),
  ];
  expect(attemptsOf(events, 2)).toEqual([
    { event: 3, queued: second(3), started: second(4), ended: second(5), error: 'Busy', cause: 'try later' },
    { event: 6, queued: second(6), started: second(7), ended: second(8), worker: 'w-1', output: '{}' },
  ]);
  expect(attemptsOf(events, 7)).toEqual([]);
});

test('one that is under way has no end, and a pass no attempts', () => {
  expect(attemptsOf([event(2, 'TaskStateEntered', { name: 'Call' }), event(3, 'LambdaFunctionScheduled')], 2)).toEqual([{ event: 3, queued: second(3) }]);
  expect(attemptsOf([event(2, 'PassStateEntered', { name: 'A' }), event(3, 'PassStateExited', { name: 'A' })], 2)).toEqual([]);
});
