import type { RunItem } from '../api/types';

/** Runs that changed since their list was answered. */
export type Changes = ReadonlyMap<string, RunItem>;

export const NONE: Changes = new Map();

export function withItems(changes: Changes, items: readonly RunItem[]): Changes {
  return new Map([...changes, ...items.map((item) => [item.id, item] as const)]);
}

/** Forgets the changes that a whole answer knows of: those seen before it was asked for, and not again since. */
export function without(changes: Changes, seen: Changes): Changes {
  return new Map([...changes].filter(([id, item]) => seen.get(id) !== item));
}
