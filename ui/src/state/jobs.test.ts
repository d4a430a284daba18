import { expect, it } from 'vitest';
import { queryText } from './jobs';

it('writes what a listing shows as one query', () => {
  const workflow = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';
  expect(queryText({ status: 'FAILED', workflow, q: 'duration > 5m or redrives = 0' })).toBe(
    'status = FAILED and workflow = "orders" and (duration > 5m or redrives = 0)',
  );
  expect(queryText({ q: 'duration > 5m' })).toBe('duration > 5m');
  expect(queryText({})).toBe('');
});
