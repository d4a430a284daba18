import type { RunItem } from '../api/types';

/** Runs that changed since their list was answered. */
export type Changes = ReadonlyMap<string, RunItem>;

export const NONE: Changes = new Map();

/** Most changes kept of runs that the list does not know. */
export const NEWS_MAX = 1_000;

/** Adds changes; of runs outside the list only the newest are kept. */
export function withItems(changes: Changes, items: readonly RunItem[], listed: ReadonlySet<string>): Changes {
  const all = new Map([...changes, ...items.map((item) => [item.id, item] as const)]);
  const news = [...all.keys()].filter((id) => !listed.has(id));
  for (const id of news.slice(0, -NEWS_MAX)) all.delete(id);
  return all;
}

/** Forgets the changes that a whole answer knows of: those seen before it was asked for, and not again since. */
export function without(changes: Changes, seen: Changes): Changes {
  return new Map([...changes].filter(([id, item]) => seen.get(id) !== item));
}
