import { expect, test } from 'vitest';
import type { RunEvent } from '../api/types';
import { recordedAt } from './recorded';

let count = 0;
const event = (type: string, details: Record<string, unknown> = {}, scope = 0): RunEvent => ({
  id: ++count, previous: count - 1, at: '2026-01-01T00:00:00Z', type, scope, details,
});

test('a state is known with what it was given, what was assigned before it, and what its task gave', () => {
  const events = [
    event('ExecutionStarted'),
    event('PassStateEntered', { name: 'First', input: '{"a":1}' }),
    event('PassStateExited', { name: 'First', output: '{}', assignedVariables: { total: '7', who: '"Ana"' } }),
    event('TaskStateEntered', { name: 'Call', input: '{"b":2}' }),
    event('TaskScheduled', { parameters: '{}' }),
    event('TaskStateEntered', { name: 'Beside', input: '{}' }, 4),
    event('TaskSucceeded', { output: '"beside"' }, 4),
    event('TaskSucceeded', { output: '{"c":3}' }),
    event('TaskStateExited', { name: 'Call', output: '{"d":4}' }),
  ];
  expect(recordedAt(events, 'Call')).toEqual({ input: '{"b":2}', variables: '{"total":7,"who":"Ana"}', mock: { result: '{"c":3}' } });
  expect(recordedAt(events, 'First')).toMatchObject({ input: '{"a":1}', variables: '{}' });
  expect(recordedAt(events, 'Never')).toBeNull();
});

test('a task that failed fails the same way', () => {
  const events = [event('TaskStateEntered', { name: 'Call', input: '{}' }), event('TaskFailed', { error: 'E', cause: 'why' }), event('ExecutionFailed', { error: 'E' })];
  expect(recordedAt(events, 'Call')?.mock).toEqual({ errorOutput: { error: 'E', cause: 'why' } });
});
