import { renderToStaticMarkup } from 'react-dom/server';
import { createElement } from 'react';
import { expect, it } from 'vitest';
import { Glyph } from '../components/Glyph';
import { STATUSES } from './runStatuses';
import { compile } from '../graph/compile';
import { countsOf, HUE, ofRun, standOf, standOfRun, standsOf, wordOf, worst, WORST_FIRST } from './status';

it('has a word and a shape of its own for every status', () => {
  const shapes = WORST_FIRST.map((status) => renderToStaticMarkup(createElement(Glyph, { status })));
  const withoutColour = shapes.map((shape) => shape.replace(/class="[^"]*"|style="[^"]*"/g, ''));
  expect(new Set(withoutColour).size).toBe(WORST_FIRST.length);
  expect(new Set(WORST_FIRST.map(wordOf)).size).toBe(WORST_FIRST.length);
});

it('knows how every status of a run looks', () => {
  for (const status of STATUSES) expect(HUE[ofRun(status)]).toBeDefined();
});

it('takes the worst of several', () => {
  expect(worst(['succeeded', 'failed', 'running'])).toBe('failed');
  expect(worst(['succeeded', 'caught'])).toBe('caught');
  expect(worst([])).toBe('not_reached');
});

it('says of a run that only waits what it waits for', () => {
  const stand = (...statuses: string[]) => standOf('RUNNING', statuses.map((status) => ({ counts: { [status]: 1 } })));
  expect(stand('succeeded', 'waiting')).toBe('waiting');
  expect(stand('waiting', 'approval')).toBe('approval');
  expect(stand('blocked')).toBe('blocked');
  expect(stand('approval', 'running')).toBe('running');
  expect(stand('succeeded', 'queued', 'blocked')).toBe('queued');
  expect(stand('queued', 'running')).toBe('running');
  expect(stand()).toBe('running');
  expect(standOf('FAILED', [{ counts: { waiting: 1 } }])).toBe('failed');
});

it('says of a run in a list what it is told to wait for', () => {
  expect(standOfRun('RUNNING', 'approval')).toBe('approval');
  expect(standOfRun('RUNNING', 'queued')).toBe('queued');
  expect(standOfRun('RUNNING', undefined)).toBe('running');
  expect(standOfRun('RUNNING', 'a word of a newer server')).toBe('running');
  expect(standOfRun('SUCCEEDED', 'waiting')).toBe('succeeded');
});

it('counts the entries of steps by their status, the worst first', () => {
  expect(countsOf([{ counts: { succeeded: 2, failed: 1 } }, { counts: { succeeded: 3, running: 1 } }])).toEqual([
    ['failed', 1],
    ['running', 1],
    ['succeeded', 5],
  ]);
});

it('counts each step once, not what holds others, and a distributed Map for what runs elsewhere', () => {
  const states = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
  const graph = compile(
    JSON.stringify({
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Branches: [states('Left'), states('Right')], Next: 'Each' },
        Each: { Type: 'Map', ItemProcessor: { ...states('Item'), ProcessorConfig: { Mode: 'DISTRIBUTED' } }, Next: 'Last' },
        Last: { Type: 'Succeed' },
      },
    }),
  )!;
  const status = { Both: 'failed', Left: 'failed', Right: 'succeeded', Each: 'succeeded' } as const;
  expect(standsOf(graph.nodes, (id) => status[id as keyof typeof status])).toEqual([
    ['failed', 1],
    ['succeeded', 2],
    ['not_reached', 1],
  ]);
});
