import { expect, it } from 'vitest';
import { labelsIn, labelsText, noLabelIn } from './labels';

it('reads a label in each line, and writes it again', () => {
  const labels = { ticket: 'T-1', 'data.owner': 'a=b, c' };
  expect(labelsIn('ticket=T-1\n\n data.owner = a=b, c ')).toEqual(labels);
  expect(labelsIn(labelsText(labels))).toEqual(labels);
  expect(labelsIn('empty=')).toEqual({ empty: '' });
});

it('has none where nothing is written', () => {
  expect(labelsIn(' \n')).toBeNull();
  expect(labelsText()).toBe('');
});

it('finds the line that is no label', () => {
  expect(noLabelIn('ticket=T-1\nteam data\n=x')).toBe('team data');
  expect(noLabelIn('ticket=T-1\n')).toBeUndefined();
});
