import { expect, it } from 'vitest';
import { withWindow } from './window';

it('adds a window to a query, and takes the place of the one before', () => {
  const once = withWindow('name = a or name = b', '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z');
  expect(once).toBe('(name = a or name = b) and started >= 2027-01-01T00:00:00Z and started < 2027-01-02T00:00:00Z');
  expect(withWindow(once, 'X', 'Y')).toBe('(name = a or name = b) and started >= X and started < Y');
  expect(withWindow(undefined, 'X', 'Y')).toBe('started >= X and started < Y');
  expect(withWindow('started >= A and started < B', 'X', 'Y')).toBe('started >= X and started < Y');
});
