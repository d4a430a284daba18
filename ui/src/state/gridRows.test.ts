import { expect, it } from 'vitest';
import { rowsOf, within } from './gridRows';

const tasks = ['extract', 'quality.rows', 'quality.deep.sums', 'report'];
const shown = (...folded: string[]) => rowsOf(tasks, new Set(folded)).map(({ id, depth, isGroup }) => `${'  '.repeat(depth)}${isGroup ? '▾ ' : ''}${id}`);

it('has a row for each group before what is in it', () => {
  expect(shown()).toEqual(['extract', '▾ quality', '  quality.rows', '  ▾ quality.deep', '    quality.deep.sums', 'report']);
});

it('leaves out what is in a group that is folded', () => {
  expect(shown('quality')).toEqual(['extract', '▾ quality', 'report']);
  expect(shown('quality.deep')).toEqual(['extract', '▾ quality', '  quality.rows', '  ▾ quality.deep', 'report']);
});

it('keeps one row of a group that is a task itself', () => {
  expect(rowsOf(['quality', 'quality.rows'], new Set()).map(({ id }) => id)).toEqual(['quality', 'quality.rows']);
  expect(within(tasks, 'quality')).toEqual(['quality.rows', 'quality.deep.sums']);
});
