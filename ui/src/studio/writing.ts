import type { EdgeKind } from '../graph/compile';
import type { Kind } from './kinds';
import type { Span } from './tree';

/** Where a step stands in a text: all of it, and its name. */
export interface Place {
  id: string;
  from: number;
  to: number;
  nameFrom: number;
  nameTo: number;
}

/** Where a new step comes to stand: behind a step, on a way between two, or as the first one. */
export interface Spot {
  from: string | null;
  to?: string;
  kind?: EdgeKind;
}

/** A text after a step was added. */
export interface Added {
  text: string;
  id: string;
  /** What of it is to be filled in. */
  blank?: string | undefined;
}

/** What can be asked of a step in a form. */
export interface Form {
  /** The members of the step as the text has them. */
  values: Readonly<Record<string, unknown>>;
  /** What follows it, or what it needs. */
  links: readonly string[];
  /** What it could be linked to. */
  others: readonly string[];
  sections: readonly Section[];
  /** The members, by their ways, that a form would have to write anew: they are left to the text. */
  fixed: ReadonlySet<string>;
  /** The members that no field shows. */
  rest: readonly string[];
  /** Whether expressions of a state are JSONata. */
  isJsonata?: boolean;
}

/** Fields that belong together. */
export interface Section {
  /** How the text of its title ends, `studio.part…`; the first has none. */
  part?: 'Errors' | 'Data' | 'Inputs' | 'Condition' | 'Instances' | 'Attempts' | 'Where';
  fields: readonly FieldOf[];
  /** Lists that are shown row by row. */
  rows?: readonly RowsOf[];
}

export type RowsOf = 'Choices' | 'Retry' | 'Catch';

/** A field of a step, by the name that the text has for it. */
export interface FieldOf {
  field: string;
  /** The member that it is a member of, if not the step itself; its way, with dots. */
  of?: string;
  as: FieldKind;
  /** What it can be; of a line what is offered, of one of several members their names. */
  options?: readonly string[];
  /** Whether it must be there. */
  isRequired?: boolean;
}

/** `path`: may be null; `yaml`: a number, a list, or a text, as YAML reads it; `one`: one of several members. */
export type FieldKind = 'line' | 'text' | 'number' | 'json' | 'path' | 'yaml' | 'names' | 'choice' | 'check' | 'one';

/**
 * How steps are written in a language of definitions. Every edit takes a text and returns one: what it is not about
 * stays as it was written, with comments and blank lines. What cannot be done leaves the text as it is.
 */
export interface Writing {
  /** What kinds of steps there are. */
  kinds: readonly Kind[];
  /** Returns the kind that a text names beside those. */
  named: (text: string) => Kind | null;
  /** Whether steps have one link, `Next`, or any number, `needs`. */
  links: 'one' | 'many';
  places: (text: string) => Place[];
  add: (text: string, spot: Spot, kind: string) => Added | null;
  remove: (text: string, id: string) => string;
  rename: (text: string, id: string, name: string) => string;
  link: (text: string, id: string, links: readonly string[]) => string;
  /** Leads a way to a step: one that is there, or, without `to`, a new one. */
  connect: (text: string, way: Spot, to: string) => string;
  /** Returns where a way from a step can lead. */
  targets: (text: string, from: string) => readonly string[];
  form: (text: string, id: string) => Form | null;
  /** Sets a member of a step, by its name or its way. */
  set: (text: string, id: string, field: string | readonly (string | number)[], value: unknown) => string;
}

/** Returns where a step stands in a text, or what of it is to be filled in. */
export function spanOf({ text, id, blank }: Added, places: readonly Place[]): Span | null {
  const place = places.find((one) => one.id === id);
  if (!place) return null;
  const at = blank ? text.indexOf(blank, place.nameTo) : -1;
  return blank && at >= 0 && at < place.to ? { from: at, to: at + blank.length } : { from: place.nameFrom, to: place.nameTo };
}

/** Returns the members that no field and no row of a form shows. */
export function restOf(values: object, sections: readonly Section[], linked: readonly string[]): string[] {
  const shown = new Set(linked);
  for (const { fields, rows = [] } of sections) {
    for (const { field, of, as, options = [] } of fields) for (const name of as === 'one' && !of ? options : [(of ?? field).split('.')[0]!]) shown.add(name);
    for (const row of rows) shown.add(row);
  }
  return Object.keys(values).filter((name) => !shown.has(name));
}

/** Returns `name`, or with the first number behind it that is free. */
export function freeName(name: string, taken: ReadonlySet<string>, gap = ' '): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}${gap}${n}`)) return `${name}${gap}${n}`;
}

/** Returns the one piece of a text that differs from another: that is what is changed, and undone. */
export function change(before: string, after: string): { from: number; to: number; insert: string } {
  let from = 0;
  while (from < before.length && from < after.length && before[from] === after[from]) from++;
  let [to, end] = [before.length, after.length];
  while (to > from && end > from && before[to - 1] === after[end - 1]) [to, end] = [to - 1, end - 1];
  return { from, to, insert: after.slice(from, end) };
}
