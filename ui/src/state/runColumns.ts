import type { RunItem } from '../api/types';

/** What every run can have a column for. */
export const OWN = ['version', 'trigger', 'progress'] as const;
export type OwnColumn = (typeof OWN)[number];
/** Begins the names of what runs are searched by, as in queries. */
const ATTRIBUTE = 'input.';
const NAME = /^(version|trigger|progress|input\.[\w.-]+)$/;

export function isOwn(name: string): name is OwnColumn {
  return (OWN as readonly string[]).includes(name);
}

/** Returns the columns that a text names beside those that are always there, with commas between them. */
export function columnsOf(text: unknown): readonly string[] {
  return [...new Set(String(text ?? '').split(','))].filter((name) => NAME.test(name));
}

/** Writes columns as an address keeps them; nothing if there are none. */
export function columnsText(names: readonly string[]): string | undefined {
  return names.join(',') || undefined;
}

/** Returns the columns of what runs are searched by. */
export function attributesOf(rows: readonly RunItem[]): readonly string[] {
  const found = rows.flatMap(({ attributes = {} }) => Object.keys(attributes).map((name) => ATTRIBUTE + name));
  return [...new Set(found)].toSorted();
}

/** Returns the columns that runs have something for, and those that are chosen. */
export function columnsFor(found: readonly string[], chosen: readonly string[]): readonly string[] {
  return [...OWN, ...[...new Set([...found, ...chosen])].filter((name) => !isOwn(name)).toSorted()];
}

/** Returns those columns that are of what runs are searched by. */
export function attributeColumns(chosen: readonly string[]): readonly string[] {
  return chosen.filter((name) => !isOwn(name));
}

/** Returns the number of the version that started a run. */
export function versionOf({ version }: RunItem): string {
  return version?.split(':').at(-1) ?? '';
}

/** Returns what a run has in the column of something that it is searched by. */
export function attributeOf({ attributes }: RunItem, name: string): string {
  return String(attributes?.[name.slice(ATTRIBUTE.length)] ?? '');
}
