import { expect, it } from 'vitest';
import type { RunItem } from '../api/types';
import { columnsOf, columnsText } from './columnNames';
import { attributeColumns, attributeOf, attributesOf, columnsFor, columnsShown } from './runColumns';
import { versionOf } from './runVersion';

const run = {
  version: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders:14',
  attributes: { total: 0, express: false, 'run.interval': 'today' },
} as unknown as RunItem;

it('reads the columns of an address, each once, and leaves out what is none', () => {
  expect(columnsOf('version,input.total,9,version,input.,progress')).toEqual(['version', 'input.total', 'progress']);
  expect(columnsOf(undefined)).toEqual([]);
  expect(columnsText([])).toBeUndefined();
  expect(columnsOf(columnsText(['input.a', 'version']))).toEqual(['input.a', 'version']);
});

it('shows what has room where an address names no columns', () => {
  expect(columnsShown(undefined, true)).toEqual(['version', 'trigger', 'progress']);
  expect(columnsShown(undefined, false)).toEqual([]);
  expect(columnsShown('none', true)).toEqual([]);
  expect(columnsShown('version', true)).toEqual(['version']);
});

it('offers what the runs have, and what is chosen', () => {
  const found = attributesOf([run, {} as RunItem]);
  expect(columnsFor(found, ['input.customer', 'trigger'])).toEqual([
    'version', 'trigger', 'progress', 'input.customer', 'input.express', 'input.run.interval', 'input.total',
  ]);
});

it('tells what runs are searched by from what all have', () => {
  expect(attributeColumns(['version', 'input.total', 'progress'])).toEqual(['input.total']);
});

it('shows values that are nothing much, and nothing where there is none', () => {
  expect(['input.total', 'input.express', 'input.gone'].map((name) => attributeOf(run, name))).toEqual(['0', 'false', '']);
  expect([run, {} as RunItem].map(versionOf)).toEqual(['14', '']);
});
