import { renderToStaticMarkup } from 'react-dom/server';
import { createElement } from 'react';
import { expect, it } from 'vitest';
import { Glyph } from '../components/Glyph';
import { STATUSES } from './runStatuses';
import { countsOf, HUE, ofRun, wordOf, worst, WORST_FIRST } from './status';

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

it('counts the entries of steps by their status, the worst first', () => {
  expect(countsOf([{ counts: { succeeded: 2, failed: 1 } }, { counts: { succeeded: 3, running: 1 } }])).toEqual([
    ['failed', 1],
    ['running', 1],
    ['succeeded', 5],
  ]);
});
