import { expect, it } from 'vitest';
import { choose, type GridChoice, type GridPlan, NOTHING } from './gridChoice';

const plan: GridPlan = { tasks: ['a', 'b', 'c'], runs: ['1', '2', '3'], has: ({ task, run }) => `${task}${run}` !== 'b2' };
const cell = (text: string) => ({ task: text[0]!, run: text[1]! });
const chosen = ({ keys }: GridChoice) => [...keys].map((key) => key.replace(' ', ''));

it('a click chooses a cell alone, one with Ctrl adds or takes away', () => {
  const one = choose(NOTHING, cell('a1'), 'alone', plan);
  const two = choose(one, cell('c3'), 'beside', plan);
  expect(chosen(two)).toEqual(['a1', 'c3']);
  expect(chosen(choose(two, cell('a1'), 'beside', plan))).toEqual(['c3']);
  expect(chosen(choose(two, cell('b1'), 'alone', plan))).toEqual(['b1']);
});

it('a range is a rectangle from where it began, whichever way, without tasks that a run has not', () => {
  const begun = choose(NOTHING, cell('b3'), 'alone', plan);
  const range = choose(begun, cell('a2'), 'range', plan);
  expect(chosen(range)).toEqual(['a2', 'a3', 'b3']);
  expect(chosen(choose(range, cell('c3'), 'range', plan))).toEqual(['b3', 'c3']);
  expect(chosen(choose(NOTHING, cell('b1'), 'range', plan))).toEqual(['b1']);
});
