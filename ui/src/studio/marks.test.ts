import { expect, it } from 'vitest';
import { compile } from '../graph/compile';
import { layout } from '../graph/layout';
import { compare } from './marks';

const text = (states: object) => JSON.stringify({ StartAt: 'A', States: states });
const END = { Type: 'Pass', End: true };

it('marks what is new, gone and different, and draws all of it', () => {
  const before = compile(text({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'C' }, C: END }))!;
  const after = compile(text({ A: { Type: 'Pass', Next: 'C' }, C: END, D: { ...END, Comment: 'new' } }))!;
  const { graph, marks } = compare(before, after);
  expect(Object.fromEntries(marks)).toEqual({ A: 'changed', B: 'removed', D: 'added' });
  expect(graph.edges.map(({ from, to }) => `${from} ${to}`)).toEqual(['A C', 'A B', 'B C']);
  expect(layout(graph, new Set()).boxes.size).toBe(4);
});

it('does not call a container different for what stands inside', () => {
  const map = (inner: object) => compile(text({ A: { Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: inner } }, End: true } }))!;
  expect(Object.fromEntries(compare(map(END), map({ ...END, Comment: 'x' })).marks)).toEqual({ I: 'changed' });
});
