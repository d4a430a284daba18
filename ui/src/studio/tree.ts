/** A place in a text. */
export interface Span {
  from: number;
  to: number;
}

/** A name and its value. */
export interface Entry extends Span {
  name: string;
  key: Span;
  value: Value | null;
}

export interface Mapping extends Span {
  kind: 'map';
  /** Whether it is written in braces. */
  isFlow: boolean;
  entries: Entry[];
}

/** A value with its place in the text. */
export type Value = Mapping | (Span & ({ kind: 'list'; items: (Value | null)[] } | { kind: 'scalar'; value: unknown }));

/** Returns the value of an entry. */
export function entry(value: Value | null | undefined, name: string): Value | null {
  return (value?.kind === 'map' && value.entries.find((one) => one.name === name)?.value) || null;
}

/** Returns a value without its places. */
export function plain(value: Value | null): unknown {
  if (value === null) return null;
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(plain);
  return Object.fromEntries(value.entries.map((one) => [one.name, plain(one.value)]));
}

export function splice(text: string, from: number, to: number, insert: string): string {
  return text.slice(0, from) + insert + text.slice(to);
}
