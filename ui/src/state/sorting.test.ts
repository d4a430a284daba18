import { expect, it } from 'vitest';
import { directionOf, next, sorted } from './sorting';

const columns = [{ sort: { by: 'name', of: ({ name }: Row) => name } }, { sort: { by: 'count', of: ({ count }: Row) => count } }, {}];
interface Row {
  name: string;
  count?: number;
}
const rows: readonly Row[] = [{ name: 'b10', count: 3 }, { name: 'B2' }, { name: 'a', count: 20 }];
const order = (sort: string | undefined) => sorted(rows, columns, sort).map(({ name }) => name);

it('orders rows by what a column has in them, and leaves them as they came without one', () => {
  expect(order('name')).toEqual(['a', 'B2', 'b10']);
  expect(order('-name')).toEqual(['b10', 'B2', 'a']);
  expect(order(undefined)).toEqual(['b10', 'B2', 'a']);
  expect(order('unknown')).toEqual(['b10', 'B2', 'a']);
});

it('puts those that have nothing there last either way', () => {
  expect(order('count')).toEqual(['b10', 'a', 'B2']);
  expect(order('-count')).toEqual(['a', 'b10', 'B2']);
});

it('goes from up to down and back to none with each press', () => {
  expect(next(undefined, 'name')).toBe('name');
  expect(next('name', 'name')).toBe('-name');
  expect(next('-name', 'name')).toBeUndefined();
  expect(next('-count', 'name')).toBe('name');
  expect(['name', '-name', undefined].map((sort) => directionOf(sort, 'name'))).toEqual(['ascending', 'descending', 'none']);
});
