import type { EdgeKind } from '../graph/compile';

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
}

/** What can be asked of a step in a form. */
export interface Form {
  /** The members of the step as the text has them. */
  values: Readonly<Record<string, unknown>>;
  /** What follows it, or what it needs. */
  links: readonly string[];
  /** What it could be linked to. */
  others: readonly string[];
}

/**
 * How steps are written in a language of definitions. Every edit takes a text and returns one: what it is not about
 * stays as it was written, with comments and blank lines. What cannot be done leaves the text as it is.
 */
export interface Writing {
  /** What kinds of steps there are. */
  kinds: readonly string[];
  /** The fields that a form shows for a kind of step, the kind of input each wants. */
  fields: (kind: string) => readonly FieldOf[];
  /** Whether steps have one link, `Next`, or any number, `needs`. */
  links: 'one' | 'many';
  places: (text: string) => Place[];
  add: (text: string, spot: Spot, kind: string) => Added | null;
  remove: (text: string, id: string) => string;
  rename: (text: string, id: string, name: string) => string;
  link: (text: string, id: string, links: readonly string[]) => string;
  /** Leads a way to a step: one that is there, or, without `to`, a new one. */
  connect: (text: string, way: Spot, to: string) => string;
  form: (text: string, id: string) => Form | null;
  set: (text: string, id: string, field: string, value: unknown) => string;
}

/** A field of a step, by the name that the text has for it. */
export interface FieldOf {
  field: string;
  as: 'line' | 'text' | 'number' | 'json';
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
