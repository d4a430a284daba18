import type { RunItem } from '../api/types';
import { columnsOf } from './columnNames';

/** What every run can have a column for. */
export const OWN = ['version', 'trigger', 'progress'] as const;
export type OwnColumn = (typeof OWN)[number];
/** Begins the names of what runs are searched by, as in queries. */
const ATTRIBUTE = 'input.';

export function isOwn(name: string): name is OwnColumn {
  return (OWN as readonly string[]).includes(name);
}

/** Returns the columns that a list shows: those that its address names, and without it, those that have room. */
export function columnsShown(text: string | undefined, isRoomy: boolean): readonly string[] {
  return text === undefined && isRoomy ? OWN : columnsOf(text);
}

/** Returns the columns of what runs are searched by. */
export function attributesOf(rows: readonly RunItem[]): readonly string[] {
  const found = rows.flatMap(({ attributes = {} }) => Object.keys(attributes).map((name) => ATTRIBUTE + name));
  return [...new Set(found)].toSorted();
}

/** Values that a column tells apart, of which a query is completed. */
const VALUES_MAX = 20;

/** Returns the values that runs have of what they are searched by. */
export function attributeValues(rows: readonly RunItem[]): ReadonlyMap<string, readonly string[]> {
  const values = (name: string) => [...new Set(rows.map((run) => attributeOf(run, name)))].filter(Boolean).slice(0, VALUES_MAX);
  return new Map(attributesOf(rows).map((name) => [name, values(name)]));
}

/** Returns the columns that runs have something for, and those that are chosen. */
export function columnsFor(found: readonly string[], chosen: readonly string[]): readonly string[] {
  return [...OWN, ...[...new Set([...found, ...chosen])].filter((name) => !isOwn(name)).toSorted()];
}

/** Returns those columns that are of what runs are searched by. */
export function attributeColumns(chosen: readonly string[]): readonly string[] {
  return chosen.filter((name) => !isOwn(name));
}

/** Returns what a run has in the column of something that it is searched by. */
export function attributeOf({ attributes }: RunItem, name: string): string {
  return String(attributes?.[name.slice(ATTRIBUTE.length)] ?? '');
}
