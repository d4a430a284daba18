import { expect, it } from 'vitest';
import type { RunItem } from '../api/types';
import { NEWS_MAX, NONE, withItems, without } from './changes';

const item = (id: string, status: RunItem['status']) => ({ id, status }) as RunItem;
const NOBODY = new Set<string>();

it('keeps what changed after a list was asked for, and forgets what changed before', () => {
  const seen = withItems(NONE, [item('a', 'RUNNING'), item('b', 'RUNNING')], NOBODY);
  const later = withItems(seen, [item('b', 'FAILED'), item('c', 'RUNNING')], NOBODY);
  expect([...without(later, seen)].map(([id, { status }]) => [id, status])).toEqual([['b', 'FAILED'], ['c', 'RUNNING']]);
});

it('keeps all changes of listed runs, and of others the newest', () => {
  const news = Array.from({ length: NEWS_MAX + 5 }, (_, at) => item(`new ${at}`, 'RUNNING'));
  const changes = withItems(NONE, [item('listed', 'RUNNING'), ...news], new Set(['listed']));
  expect(changes.size).toBe(NEWS_MAX + 1);
  expect([changes.has('listed'), changes.has('new 4'), changes.has('new 5')]).toEqual([true, false, true]);
});
