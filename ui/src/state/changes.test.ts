import { expect, it } from 'vitest';
import type { RunItem } from '../api/types';
import { NONE, withItems, without } from './changes';

const item = (id: string, status: RunItem['status']) => ({ id, status }) as RunItem;

it('keeps what changed after a list was asked for, and forgets what changed before', () => {
  const seen = withItems(NONE, [item('a', 'RUNNING'), item('b', 'RUNNING')]);
  const later = withItems(seen, [item('b', 'FAILED'), item('c', 'RUNNING')]);
  expect([...without(later, seen)].map(([id, { status }]) => [id, status])).toEqual([['b', 'FAILED'], ['c', 'RUNNING']]);
});
