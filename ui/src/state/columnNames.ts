/** What an address says where there is none of the columns that can be chosen. */
export const NO_COLUMNS = 'none';
const NAME = /^(version|trigger|progress|input\.[\w.-]+)$/;

/** Returns the columns that a text names beside those that are always there, with commas between them. */
export function columnsOf(text: unknown): readonly string[] {
  return [...new Set(String(text ?? '').split(','))].filter((name) => NAME.test(name));
}

/** Writes columns as an address keeps them; nothing if there are none. */
export function columnsText(names: readonly string[]): string | undefined {
  return names.join(',') || undefined;
}
