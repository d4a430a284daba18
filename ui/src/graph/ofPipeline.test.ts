import { expect, it } from 'vitest';
import { layout } from './layout';
import { ofPipeline } from './ofPipeline';

const task = (id: string, group: string | null = null, more = {}) => ({
  id, label: id, kind: 'script', group, when: 'all_success', ...more,
});

const drawing = {
  nodes: [task('a'), task('g.x', 'g'), task('g.y', 'g'), task('b', null, { each: true }), task('z', null, { if: 'params.all' })],
  groups: [{ ...task('g'), kind: 'group' }],
  edges: [
    { from: 'a', to: 'g', kind: 'needs' },
    { from: 'g.x', to: 'g.y', kind: 'needs' },
    { from: 'a', to: 'b', kind: 'needs' },
    { from: 'g', to: 'z', kind: 'needs' },
    { from: 'b', to: 'z', kind: 'needs' },
  ],
};

it('makes tasks nodes, groups containers, and begins where nothing is needed', () => {
  const graph = ofPipeline(drawing);
  expect([...graph.starts]).toEqual([[null, ['a']], ['g', ['g.x']]]);
  expect(graph.nodes.filter(({ isContainer }) => isContainer).map(({ id }) => id)).toEqual(['g']);
  expect(graph.nodes.find(({ id }) => id === 'b')?.sub).toBe('each item');
  expect(graph.edges.find(({ to, from }) => to === 'z' && from === 'b')?.label).toBe('params.all');
});

it('has the order of the file, with groups before what is in them', () => {
  const nested = { nodes: [task('a'), task('g.x', 'g'), task('g.h.y', 'g.h'), task('b')], groups: [{ ...task('g.h', 'g'), kind: 'group' }, { ...task('g'), kind: 'group' }], edges: [] };
  expect(ofPipeline(nested).nodes.map(({ id }) => id)).toEqual(['a', 'g', 'g.x', 'g.h', 'g.h.y', 'b']);
});

it('lays tasks out below what they need', () => {
  const { boxes } = layout(ofPipeline(drawing), new Set(['g']));
  const top = (id: string) => boxes.get(id)!.y;
  expect(top('a')).toBeLessThan(top('g'));
  expect(top('g.x')).toBeLessThan(top('g.y'));
  expect(top('b')).toBe(top('g'));
  expect(top('z')).toBeGreaterThan(top('g'));
});
