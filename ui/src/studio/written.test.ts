import { expect, test } from 'vitest';
import type { Graph } from '../graph/compile';
import { compare } from './marks';
import { asWritten } from './written';

const TEXT = 'pipeline: p\ntasks:\n  a:\n    run: echo 1\n  b:\n    needs: a\n    run: echo 2\n';
const node = (id: string) => ({ id, label: id, kind: 'run', sub: '', parent: null, isContainer: false, source: {} });
const GRAPH = { nodes: [node('a'), node('b')], edges: [], start: 'a' } as unknown as Graph;

test('a task of which only the script differs is marked', () => {
  const after = TEXT.replace('echo 2', 'echo 3');
  const { marks } = compare(asWritten(GRAPH, TEXT), asWritten(GRAPH, after));
  expect([...marks]).toEqual([['b', 'changed']]);
  expect(compare(asWritten(GRAPH, TEXT), asWritten(GRAPH, TEXT)).marks.size).toBe(0);
});
