import { expect, it } from 'vitest';
import { isShownBy, searchOf, textOf } from './savedViews';

it('keeps what the list of runs shows, and nothing that a newer console wrote', () => {
  const search = { q: 'duration > 5m and name = "a&b"', status: 'FAILED' as const, columns: 'version,input.total' };
  expect(searchOf({ search: textOf(search) })).toEqual(search);
  expect(searchOf({ search: 'status=FAILED&columns=9&since=never' })).toEqual({ status: 'FAILED' });
});

it('finds the view that is shown, however the address was made', () => {
  expect(isShownBy({ search: 'since=24h&status=FAILED' }, { status: 'FAILED', since: '24h' })).toBe(true);
  expect(isShownBy({ search: 'status=FAILED' }, { status: 'FAILED', since: '24h' })).toBe(false);
});

it('makes a query of what was a member of its own', () => {
  expect(searchOf({ search: 'waiting=people' })).toEqual({ q: 'waiting = people' });
  expect(searchOf({ search: 'waiting=people&q=name+%3D+a&status=RUNNING' })).toEqual({ q: 'name = a and waiting = people', status: 'RUNNING' });
  expect(searchOf({ search: 'waiting=people&q=name+%3D+a+or+name+%3D+b' })).toEqual({ q: '(name = a or name = b) and waiting = people' });
  expect(searchOf({ search: 'waiting=people&q=name+%3D+a+and+waiting+%3D+people' })).toEqual({ q: 'name = a and waiting = people' });
});
