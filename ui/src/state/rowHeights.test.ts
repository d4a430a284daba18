import { expect, test } from 'vitest';
import { RowHeights } from './rowHeights';

test('without others, all rows have the usual height', () => {
  const heights = new RowHeights(10);
  expect([heights.offset(0), heights.offset(7), heights.at(69), heights.at(70)]).toEqual([0, 70, 6, 7]);
});

test('rows stand below those that are higher', () => {
  const heights = new RowHeights(10);
  expect(heights.set(5, 40)).toBe(30);
  expect(heights.set(2, 20)).toBe(10);
  expect([2, 3, 5, 6, 10].map((row) => heights.offset(row))).toEqual([20, 40, 60, 100, 140]);
  expect([19, 20, 39, 40, 59, 60, 99, 100, 110].map((offset) => heights.at(offset))).toEqual([1, 2, 2, 3, 4, 5, 5, 6, 7]);
});

test('a row that changes tells by how much', () => {
  const heights = new RowHeights(10);
  heights.set(3, 30);
  expect(heights.set(3, 30)).toBe(0);
  expect(heights.set(3, 10)).toBe(-20);
  expect(heights.offset(9)).toBe(90);
  expect(heights.set(4, 10)).toBe(0);
  heights.set(4, 50);
  heights.clear();
  expect(heights.offset(9)).toBe(90);
});
