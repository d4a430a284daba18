import { expect, test } from 'vitest';
import { firstFolded, moveBy, revealing } from './jsonFolding';
import { linesOf, rowsOf } from './jsonRows';

const rows = rowsOf('{"a": {"b": [1, 2]}, "c": 3}');
const press = (key: string, at: number | null, folded: number[] = []) => {
  const hidden = new Set(folded);
  return moveBy(key, { rows, lines: linesOf(rows, hidden, true), folded: hidden, at });
};

test('arrows go through the rows that are seen, and stop at the ends', () => {
  expect(press('ArrowDown', null)).toEqual({ row: 0 });
  expect(press('ArrowDown', 1, [1])).toEqual({ row: 5 });
  expect(press('ArrowDown', 5)).toEqual({ row: 5 });
  expect(press('End', 0)).toEqual({ row: 5 });
});

test('right opens and then enters, left folds and then leaves', () => {
  expect(press('ArrowRight', 1, [1])).toEqual({ fold: false });
  expect(press('ArrowRight', 1)).toEqual({ row: 2 });
  expect(press('ArrowLeft', 1)).toEqual({ fold: true });
  expect(press('ArrowLeft', 3)).toEqual({ row: 2 });
  expect(press('ArrowRight', 5)).toBeNull();
});

test('what hides a row is opened, and nothing else', () => {
  expect(revealing(new Set([1, 2]), rows, 3)).toEqual(new Set());
  const folded = new Set([2]);
  expect(revealing(folded, rows, 5)).toBe(folded);
});

test('of much, only the first levels are open', () => {
  const many = rowsOf(`{"items": [${Array.from({ length: 300 }, (_, at) => `{"at": ${at}}`).join()}]}`);
  const folded = firstFolded(many);
  expect([folded.has(0), folded.has(1), folded.has(2), folded.size]).toEqual([false, false, true, 300]);
  expect(firstFolded(rows).size).toBe(0);
});
