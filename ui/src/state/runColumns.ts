import type { RunItem } from '../api/types';

export const VERSION = 'version';
/** Begins the names of what runs are searched by, as in queries. */
const ATTRIBUTE = 'input.';
const NAME = /^(version|input\.[\w.-]+)$/;

/** Returns the columns that a text names beside those that are always there, with commas between them. */
export function columnsOf(text: unknown): readonly string[] {
  return [...new Set(String(text ?? '').split(','))].filter((name) => NAME.test(name));
}

/** Writes columns as an address keeps them; nothing if there are none. */
export function columnsText(names: readonly string[]): string | undefined {
  return names.join(',') || undefined;
}

/** Returns the columns that runs have something for, and those that are chosen. */
export function columnsFor(rows: readonly RunItem[], chosen: readonly string[]): readonly string[] {
  const found = rows.flatMap(({ attributes = {} }) => Object.keys(attributes).map((name) => ATTRIBUTE + name));
  return [VERSION, ...[...new Set([...found, ...chosen])].filter((name) => name !== VERSION).toSorted()];
}

/** Returns what a run has in a column. */
export function cellOf({ version, attributes }: RunItem, name: string): string {
  return name === VERSION ? (version?.split(':').at(-1) ?? '') : String(attributes?.[name.slice(ATTRIBUTE.length)] ?? '');
}
