import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../api/types';
import { observedAt } from './observed';

const event = (id: number, type: string, scope: number, details: object) => ({ id, previous: id - 1, at: '', type, scope, details }) as RunEvent;

const SHOP = [
  event(1, 'ExecutionStarted', 0, { input: '{"params":{"day":"today"},"run":{}}' }),
  event(2, 'TaskStateEntered', 1, { name: 'fetch', input: 'null' }),
  event(3, 'TaskStateExited', 1, { name: 'fetch', output: '{"n":3}' }),
  event(4, 'TaskStateEntered', 2, { name: 'count', input: 'null' }),
  event(5, 'TaskScheduled', 2, { parameters: '{"steps":[]}' }),
  event(6, 'TaskSucceeded', 2, { output: '{"output":4}' }),
  event(7, 'TaskStateExited', 2, { name: 'count', output: '4' }),
];

describe('what a step had and gave', () => {
  it('is of a task its params, what it needs, what it was sent and what came back', () => {
    expect(observedAt(SHOP, 'count', ['fetch'], true)).toEqual({
      stages: [
        { stage: 'params', text: '{"day":"today"}' },
        { stage: 'need', of: 'fetch', text: '{"n":3}' },
        { stage: 'sent', text: '{"steps":[]}' },
        { stage: 'result', text: '{"output":4}' },
        { stage: 'output', text: '4' },
      ],
      hasEnded: true,
    });
  });

  it('is of a state its input and how it failed', () => {
    const failed = [
      event(1, 'ExecutionStarted', 0, { input: '{}' }),
      event(2, 'TaskStateEntered', 0, { name: 'call', input: '{"a":1}' }),
      event(3, 'TaskFailed', 0, { error: 'Broken', cause: 'no answer' }),
    ];
    expect(observedAt(failed, 'call', [], false)).toEqual({
      stages: [{ stage: 'input', text: '{"a":1}' }],
      error: 'Broken',
      cause: 'no answer',
      hasEnded: true,
    });
  });

  it('is nothing where the run did not come', () => {
    expect(observedAt(SHOP, 'send', [], true)).toBeNull();
    expect(observedAt(SHOP.slice(0, 4), 'count', [], true)?.hasEnded).toBe(false);
  });
});
