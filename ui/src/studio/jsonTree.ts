import { parser } from '@lezer/json';
import { type Entry, type Span, splice, type Value } from './tree';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** The way to a value: names, and places in lists. */
export type Way = readonly (string | number)[];

/** Reads a text, as far as it can be read. */
export function readJson(text: string): Value | null {
  return valueIn(parser.parse(text).topNode, text);
}

const VALUES = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null']);

function valueIn(parent: Node, text: string): Value | null {
  for (let node = parent.firstChild; node; node = node.nextSibling) if (VALUES.has(node.name)) return valueOf(node, text);
  return null;
}

function valueOf(node: Node, text: string): Value {
  const { from, to, name } = node;
  if (name === 'Object') {
    return { kind: 'map', isFlow: true, from, to, entries: node.getChildren('Property').flatMap((property) => entryOf(property, text)) };
  }
  if (name !== 'Array') return { kind: 'scalar', from, to, value: scalar(text.slice(from, to)) };
  const items: Value[] = [];
  for (let item = node.firstChild; item; item = item.nextSibling) if (VALUES.has(item.name)) items.push(valueOf(item, text));
  return { kind: 'list', from, to, items };
}

function entryOf(property: Node, text: string): Entry[] {
  const key = property.getChild('PropertyName');
  if (!key) return [];
  const name = String(scalar(text.slice(key.from, key.to)));
  return [{ name, key: { from: key.from, to: key.to }, from: property.from, to: property.to, value: valueIn(property, text) }];
}

function scalar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns the value at the end of a way. */
export function valueAt(text: string, way: Way): Value | null {
  let at = readJson(text);
  for (const step of way) {
    if (at?.kind === 'map') at = at.entries.find(({ name }) => name === step)?.value ?? null;
    else at = (at?.kind === 'list' && at.items[Number(step)]) || null;
  }
  return at;
}

/** Sets a value, or takes it out if there is none; a new member comes to stand at `index`, a new item of a list at its end. The rest stays as it is written. */
export function put(text: string, way: Way, value: unknown, index?: number): string {
  const parent = valueAt(text, way.slice(0, -1));
  if (parent === null || parent.kind === 'scalar') return text;
  const members: readonly Span[] = parent.kind === 'map' ? parent.entries : parent.items.filter((item) => item !== null);
  const name = way.at(-1)!;
  const at = parent.kind === 'map' ? parent.entries.findIndex((one) => one.name === name) : Number(name);
  const present = members[at];
  if (value === undefined) return present ? without(text, parent, members, at) : text;
  const old = parent.kind === 'map' ? parent.entries[at]?.value : parent.items[at];
  const shape = shapeOf(text, parent, members);
  if (old) return splice(text, old.from, old.to, written(value, shape));
  const member = parent.kind === 'map' ? `${JSON.stringify(name)}: ${written(value, shape)}` : written(value, shape);
  return insert(text, parent, members, member, { ...shape, index: index ?? members.length });
}

/** Exchanges an item of a list with the one before it. */
export function swap(text: string, way: Way, at: number): string {
  const list = valueAt(text, way);
  const [one, other] = list?.kind === 'list' ? [list.items[at - 1], list.items[at]] : [];
  if (!one || !other) return text;
  const [first, second] = [text.slice(one.from, one.to), text.slice(other.from, other.to)];
  return text.slice(0, one.from) + second + text.slice(one.to, other.from) + first + text.slice(other.to);
}

function without(text: string, parent: Span, members: readonly Span[], at: number): string {
  const [before, after] = [members[at - 1], members[at + 1]];
  if (after) return splice(text, members[at]!.from, after.from, '');
  return before ? splice(text, before.to, members[at]!.to, '') : splice(text, parent.from + 1, parent.to - 1, '');
}

/** How the members of a container are laid out. */
interface Shape {
  isOneLine: boolean;
  /** What stands before each member. */
  indent: string;
  unit: string;
}

function shapeOf(text: string, parent: Span, members: readonly Span[]): Shape {
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const isOneLine = members.length > 0 && !text.slice(parent.from, members[0]!.from).includes('\n');
  const indent = members.length > 0 && !isOneLine ? indentAt(text, members[0]!.from) : indentAt(text, parent.from) + unit;
  return { isOneLine, indent, unit };
}

function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))![0];
}

function written(value: unknown, { isOneLine, indent, unit }: Shape): string {
  const lines = JSON.stringify(value, null, unit).split('\n');
  return isOneLine ? lines.map((line) => line.trim()).join(' ') : lines.join(`\n${indent}`);
}

function insert(text: string, parent: Span, members: readonly Span[], member: string, shape: Shape & { index: number }): string {
  const { isOneLine, indent, index } = shape;
  const gap = isOneLine ? ' ' : `\n${indent}`;
  const [before, first] = [members[Math.min(index, members.length) - 1], members[0]];
  if (before) return splice(text, before.to, before.to, `,${gap}${member}`);
  if (first) return splice(text, first.from, first.from, `${member},${gap}`);
  return splice(text, parent.from + 1, parent.to - 1, `${gap}${member}\n${indentAt(text, parent.from)}`);
}
