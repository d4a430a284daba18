import { expect, test } from 'vitest';
import { hasNext, linesOf, rowsOf, rowsWith, stepsTo } from './jsonRows';

const TEXT = '{"order": {"id": 12345678901234567890, "items": [{"sku": "A:1"}, {}]}, "note": "a \\"b\\", {c}", "ok": true}';
const rows = rowsOf(TEXT);
const shown = (folded: number[], withClosing: boolean) =>
  linesOf(rows, new Set(folded), withClosing).map(({ row, closes }) => (closes ? `/${row}` : String(row))).join(' ');

test('values keep the digits and signs that they are written with', () => {
  expect(rows.filter(({ kind }) => kind === 'leaf').map(({ from, to }) => TEXT.slice(from, to))).toEqual([
    '12345678901234567890', '"A:1"', '"a \\"b\\", {c}"', 'true',
  ]);
});

test('every value knows its way, and an object or list its text', () => {
  expect(rows.map((_, at) => stepsTo(rows, at).join('/'))).toEqual([
    '', 'order', 'order/id', 'order/items', 'order/items/0', 'order/items/0/sku', 'order/items/1', 'note', 'ok',
  ]);
  expect(TEXT.slice(rows[3]!.from, rows[3]!.to)).toBe('[{"sku": "A:1"}, {}]');
  expect(rows[3]).toMatchObject({ count: 2, end: 7 });
});

test('what is folded hides what is inside, and what is empty has nothing to close', () => {
  expect(shown([], true)).toBe('0 1 2 3 4 5 /4 6 /3 /1 7 8 /0');
  expect(shown([3], true)).toBe('0 1 2 3 /1 7 8 /0');
  expect(shown([1], false)).toBe('0 1 7 8');
});

test('names and values are searched in any case, objects and lists are not', () => {
  expect(rowsWith(rows, TEXT, 'a:1')).toEqual([5]);
  expect(rowsWith(rows, TEXT, 'ID')).toEqual([2]);
  expect(rowsWith(rows, TEXT, '')).toEqual([]);
});

test('the last member has no other after it', () => {
  expect([2, 3, 6, 8].map((at) => hasNext(rows, rows[at]!))).toEqual([true, false, false, false]);
});

test('a text of one word is one row', () => {
  expect(rowsOf(' null ')).toEqual([{ parent: -1, depth: 0, kind: 'leaf', from: 1, to: 5, count: 0, end: 1 }]);
});
