import { expect, it } from 'vitest';
import { queryOfRuns } from './people';

const run = (workflow: string, name: string) => `arn:aws:states:us-east-1:123456789012:execution:${workflow}:${name}`;

it('writes a query that finds some runs, by their workflows', () => {
  const runs = [run('release', 'orders-4.2'), run('refund', 'a b'), run('release', 'two')];
  expect(queryOfRuns(runs, undefined)).toBe('workflow = release and name in (orders-4.2, two) or workflow = refund and name in ("a b")');
  expect(queryOfRuns([runs[0]!], 'duration > 1h')).toBe('(workflow = release and name in (orders-4.2)) and (duration > 1h)');
});

it('writes no query that is too long', () => {
  const many = Array.from({ length: 200 }, (_, at) => run('release', `a-run-with-a-long-name-${at}`));
  const text = queryOfRuns(many, undefined);
  expect(text.length).toBeLessThanOrEqual(3_000);
  expect(text).toMatch(/^workflow = release and name in \(.*a-run-with-a-long-name-99.*\)$/);
});
