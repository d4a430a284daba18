import { expect, test } from 'vitest';
import { LineIndex } from './lineIndex';

function indexOf(...stretches: [number, number][]): LineIndex {
  const index = new LineIndex();
  for (const [from, to] of stretches) index.add(from, to);
  return index;
}

test('lines have places in their order', () => {
  const index = indexOf([3, 5], [6, 6], [10, 11]);
  expect(index.count).toBe(6);
  expect(index.last).toBe(11);
  expect([-1, 0, 1, 2, 3, 4, 5, 6].map((place) => index.at(place))).toEqual([undefined, 3, 4, 5, 6, 10, 11, undefined]);
});

test('a line that is not there has the place of the next one', () => {
  const index = indexOf([3, 6], [10, 11]);
  expect([1, 3, 6, 7, 9, 10, 11, 12].map((line) => index.placeOf(line))).toEqual([0, 0, 3, 4, 4, 4, 5, 6]);
  expect(new LineIndex().placeOf(1)).toBe(0);
});

test('a million lines that follow one another take no room', () => {
  const index = new LineIndex();
  for (let line = 1; line <= 1_000_000; line += 1) index.add(line, line);
  expect(index.at(999_999)).toBe(1_000_000);
  expect(index.placeOf(500_000)).toBe(499_999);
});
