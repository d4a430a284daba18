import { type Entry, type Mapping, splice } from './tree';
import { writeYaml } from './yamlTree';

/** The members that a value which is no map stands for. */
export const SHORT: Record<string, string> = { retry: 'max', wait: 'for', pipeline: 'name' };

/**
 * Sets a member of a map, perhaps some maps deep, or takes it out if there is no value. The rest stays as it is written.
 * Where nothing is left, `empty` stands.
 */
export function put(text: string, map: Mapping, [field = '', ...rest]: readonly string[], value: unknown, empty = ''): string {
  const present = map.entries.find(({ name }) => name === field);
  const inner = present?.value;
  if (rest.length > 0 && inner?.kind === 'map' && inner.entries.length > 0) {
    const isLast = value === undefined && inner.entries.length === 1 && inner.entries[0]!.name === rest[0];
    return isLast ? put(text, map, [field], undefined, empty) : put(text, inner, rest, value);
  }
  if (rest.length === 0) return set(text, map, field, value, empty);
  const short = inner?.kind === 'scalar' ? SHORT[field] : undefined;
  if (short === rest[0]) return set(text, map, field, value, empty);
  if (value === undefined) return text;
  const before = short !== undefined && inner?.kind === 'scalar' ? { [short]: inner.value } : {};
  return set(text, map, field, { ...before, ...(rest.reduceRight<unknown>((all, name) => ({ [name]: all }), value) as object) }, empty);
}

function set(text: string, map: Mapping, field: string, value: unknown, empty: string): string {
  return map.isFlow ? setInFlow(text, map, field, value, empty) : setInBlock(text, map, field, value, empty);
}

function setInFlow(text: string, { from, to, entries }: Mapping, field: string, value: unknown, empty: string): string {
  const at = entries.findIndex(({ name }) => name === field);
  const [present, head, last] = [entries[at], entries[0], entries.at(-1)];
  const written = value === undefined ? empty : `${field}: ${writeYaml(value, true)}`;
  if (!head || !last) return splice(text, from, to, `{${written}}`);
  if (!present) {
    if (value === undefined) return text;
    return field === 'needs' ? splice(text, head.from, head.from, `${written}, `) : splice(text, last.to, last.to, `, ${written}`);
  }
  if (value !== undefined || entries.length === 1) return splice(text, present.from, present.to, written);
  return at === 0 ? splice(text, present.from, entries[1]!.from, '') : splice(text, entries[at - 1]!.to, present.to, '');
}

function setInBlock(text: string, { entries }: Mapping, field: string, value: unknown, empty: string): string {
  const [present, head] = [entries.find(({ name }) => name === field), entries[0]!];
  const indent = indentOf(text, head.from);
  if (value === undefined) {
    if (!present) return text;
    return entries.length === 1 ? splice(text, present.from, present.to, empty) : withoutLines(text, present);
  }
  const written = `${field}: ${inBlock(value, indent)}`;
  if (present) return splice(text, present.from, present.to, written);
  // What a task needs stands first, everything else last.
  if (field === 'needs') return splice(text, head.from, head.from, `${written}\n${indent}`);
  const at = lineEnd(text, entries.at(-1)!.to);
  return splice(text, at, at, `\n${indent}${written}`);
}

function inBlock(value: unknown, indent: string): string {
  if (typeof value !== 'string' || !value.includes('\n')) return writeYaml(value);
  return ['|', ...value.trimEnd().split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`))].join('\n');
}

/** Returns where the line of a place ends, after a comment that stands there. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

export const indentOf = (text: string, at: number) => ' '.repeat(at - lineStart(text, at));

/** Takes the lines of an entry out. */
export function withoutLines(text: string, { from, to }: Entry): string {
  return splice(text, lineStart(text, from), Math.min(text.length, lineEnd(text, to) + 1), '');
}
