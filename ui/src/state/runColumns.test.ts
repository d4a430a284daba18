import { expect, it } from 'vitest';
import type { RunItem } from '../api/types';
import { cellOf, columnsFor, columnsOf, columnsText } from './runColumns';

const run = {
  version: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders:14',
  attributes: { total: 0, express: false, 'run.interval': 'today' },
} as unknown as RunItem;

it('reads the columns of an address, each once, and leaves out what is none', () => {
  expect(columnsOf('version,input.total,9,version,input.')).toEqual(['version', 'input.total']);
  expect(columnsOf(undefined)).toEqual([]);
  expect(columnsText([])).toBeUndefined();
  expect(columnsOf(columnsText(['input.a', 'version']))).toEqual(['input.a', 'version']);
});

it('offers what the runs have, and what is chosen', () => {
  expect(columnsFor([run, {} as RunItem], ['input.customer'])).toEqual([
    'version', 'input.customer', 'input.express', 'input.run.interval', 'input.total',
  ]);
});

it('shows values that are nothing much, and nothing where there is none', () => {
  expect(['version', 'input.total', 'input.express', 'input.gone'].map((name) => cellOf(run, name))).toEqual(['14', '0', 'false', '']);
  expect(cellOf({} as RunItem, 'version')).toBe('');
});
