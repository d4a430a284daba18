import { expect, test } from 'vitest';
import { ranked } from './ranks';

const of = (...labels: string[]) => labels.map((label) => ({ label }));
const found = (wanted: string, ...labels: string[]) => ranked(of(...labels), wanted).map(({ label }) => label);

test('a name that is what was written comes first, whatever its kind', () => {
  expect(found('order', 'Reorder', 'each-order', 'order-2', 'order')).toEqual(['order', 'order-2', 'each-order', 'Reorder']);
});

test('beginnings come before the beginnings of later words, and these before the middle', () => {
  expect(found('or', 'Workers & queues', 'by-order', 'Orders')).toEqual(['Orders', 'by-order', 'Workers & queues']);
});

test('what fits alike keeps its order, and what does not fit is left out', () => {
  expect(found('a', 'ab', 'x', 'aa')).toEqual(['ab', 'aa']);
  expect(found('', 'b', 'a')).toEqual(['b', 'a']);
});
