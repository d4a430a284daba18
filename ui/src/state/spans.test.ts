import { expect, it } from 'vitest';
import { span } from './spans';

const at = (seconds: number) => new Date(Date.parse('2026-01-31T12:00:00Z') + seconds * 1_000).toISOString();
const began = Date.parse(at(0));

it('places a step by when it was there, and one that goes on up to the end', () => {
  expect(span({ entered: at(2), left: at(4) }, began, Date.parse(at(10)))).toEqual({ from: 20, length: 20 });
  expect(span({ entered: at(5) }, began, Date.parse(at(10)))).toEqual({ from: 50, length: 50 });
});

it('keeps what clocks disagree about within the row', () => {
  expect(span({ entered: at(-1), left: at(99) }, began, Date.parse(at(10)))).toEqual({ from: 0, length: 100 });
  expect(span({ entered: at(0), left: at(0) }, began, began)).toEqual({ from: 0, length: 0 });
});
