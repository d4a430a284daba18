import { expect, it } from 'vitest';
import { toggled } from './marks';

const ROWS = ['a', 'b', 'c', 'd', 'e'];
const after = (marked: string, key: string, anchor: string | null) =>
  [...toggled(ROWS, new Set(marked), key, anchor)].toSorted().join('');

it('marks a row and takes its mark away', () => {
  expect(after('', 'b', null)).toBe('b');
  expect(after('bc', 'b', null)).toBe('c');
});

it('marks all rows between two, in either direction, as the first one is', () => {
  expect(after('b', 'd', 'b')).toBe('bcd');
  expect(after('d', 'b', 'd')).toBe('bcd');
  expect(after('cd', 'd', 'b')).toBe('');
});

it('marks one row if the one before is gone', () => {
  expect(after('a', 'c', 'gone')).toBe('ac');
});
