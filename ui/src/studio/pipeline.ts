import { entry, type Entry, type Mapping, plain, splice, type Value } from './tree';
import { type Added, type FieldOf, type Form, freeName, type Place, type Spot, type Writing } from './writing';
import { readYaml, writeYaml } from './yamlTree';

/** Pipelines: YAML. Edits are of the text itself, so that every comment and every blank line stays where it is. */
export const pipeline: Writing = {
  kinds: ['run', 'noop', 'wait', 'approve'],
  fields: () => FIELDS,
  links: 'many',
  places: (text) => [...tasks(text)].map(({ id, from, to, key }): Place => ({ id, from, to, nameFrom: key.from, nameTo: key.to })),
  add,
  remove,
  rename,
  link: (text, id, links) => set(text, id, 'needs', links.map((link) => link.slice(link.lastIndexOf('.') + 1))),
  connect,
  form,
  set,
};

const FIELDS: readonly FieldOf[] = [
  { field: 'name', as: 'line' }, { field: 'if', as: 'line' }, { field: 'when', as: 'line' },
  { field: 'run', as: 'text' }, { field: 'timeout', as: 'line' },
];
/** What a new task of a kind does. */
const WORK: Record<string, string> = {
  run: 'run: echo done',
  noop: 'noop: true',
  wait: 'wait: 1m',
  approve: 'approve: {message: "Go on?"}',
};

interface Task extends Entry {
  /** `task`, or `group.task`. */
  id: string;
  group: string | null;
}

function* tasks(text: string): Generator<Task> {
  yield* within(entry(readYaml(text), 'tasks'), null);
}

function* within(map: Value | null, group: string | null): Generator<Task> {
  for (const one of map?.kind === 'map' ? map.entries : []) {
    const id = group === null ? one.name : `${group}.${one.name}`;
    yield { ...one, id, group };
    yield* within(entry(one.value, 'tasks'), id);
  }
}

function find(text: string, id: string): Task | undefined {
  return [...tasks(text)].find((task) => task.id === id);
}

function needsOf({ value }: Task): string[] {
  const needs = plain(entry(value, 'needs'));
  return (Array.isArray(needs) ? needs : [needs]).filter((need): need is string => typeof need === 'string');
}

/** Returns where the line of a place ends, after a comment that stands there. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

const indentOf = (text: string, at: number) => ' '.repeat(at - lineStart(text, at));

/** Whether something stands before it in its line. */
const isInFlow = (text: string, { from }: Task) => text.slice(lineStart(text, from), from).trim() !== '';

function add(text: string, { from, to }: Spot, kind: string): Added | null {
  const all = [...tasks(text)];
  const before = from === null ? undefined : all.find(({ id }) => id === from);
  const name = freeName(kind, new Set(all.map((task) => task.name)), '_');
  const work = WORK[kind] ?? 'noop: true';
  if ((from !== null && !before) || (before && isInFlow(text, before))) return null;
  if (!before) return first(text, all, name, work);
  const id = before.group === null ? name : `${before.group}.${name}`;
  const indent = indentOf(text, before.from);
  const at = lineEnd(text, before.to);
  const lines = [`${name}:`, `  needs: ${before.name}`, `  ${work}`].map((line) => `\n${indent}${line}`).join('');
  const after = splice(text, at, at, lines);
  const follower = to === undefined ? undefined : find(after, to);
  if (!follower) return { text: after, id };
  const needs = needsOf(follower).map((need) => (need === before.name ? name : need));
  return { text: set(after, follower.id, 'needs', needs), id };
}

/** Adds a task that needs none, before all others. */
function first(text: string, all: Task[], name: string, work: string): Added | null {
  if (all[0]) {
    if (isInFlow(text, all[0])) return null;
    const at = lineStart(text, all[0].from);
    const indent = indentOf(text, all[0].from);
    return { text: splice(text, at, at, `${indent}${name}:\n${indent}  ${work}\n`), id: name };
  }
  const end = text.trimEnd();
  const head = /^tasks:\s*$/m.test(end) ? '' : 'tasks:\n';
  return { text: `${end}\n${head}  ${name}:\n    ${work}\n`, id: name };
}

/** Takes a task out; what needed it needs what it needed. */
function remove(text: string, id: string): string {
  const task = find(text, id);
  if (!task || isInFlow(text, task)) return text;
  const own = needsOf(task);
  let after = text;
  for (const other of [...tasks(text)].filter(({ group }) => group === task.group)) {
    const needs = needsOf(other);
    if (!needs.includes(task.name)) continue;
    const healed = needs.flatMap((need) => (need === task.name ? own : [need]));
    after = set(after, other.id, 'needs', [...new Set(healed)]);
  }
  return withoutLines(after, find(after, id)!);
}

function withoutLines(text: string, { from, to }: Entry): string {
  return splice(text, lineStart(text, from), Math.min(text.length, lineEnd(text, to) + 1), '');
}

function rename(text: string, id: string, name: string): string {
  const task = find(text, id);
  if (!task || !/^[A-Za-z_][\w-]*$/.test(name) || name === task.name) return text;
  const beside = [...tasks(text)].filter(({ group }) => group === task.group);
  if (beside.some((other) => other.name === name)) return text;
  const places = [task.key];
  for (const { value } of beside) {
    const needs = entry(value, 'needs');
    for (const need of needs?.kind === 'list' ? needs.items : [needs]) {
      if (need?.kind === 'scalar' && need.value === task.name) places.push(need);
    }
  }
  let after = text;
  for (const { from, to } of places.toSorted((a, b) => b.from - a.from)) after = splice(after, from, to, name);
  // Names are of letters, digits, `_` and `-`: none means something else in a pattern.
  return after.replaceAll(new RegExp(`(?<![\\w.-])needs\\.${task.name}(?![\\w-])`, 'g'), `needs.${name}`);
}

/** Sets a field of a task, or takes it out. */
function set(text: string, id: string, field: string, value: unknown): string {
  const task = find(text, id);
  if (!task) return text;
  const isOut = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  const wanted = isOut ? undefined : Array.isArray(value) && value.length === 1 ? value[0] : value;
  const map = task.value;
  if (map?.kind !== 'map') return isOut ? text : splice(text, task.key.to, task.to, `: ${writeYaml({ [field]: wanted })}`);
  return map.isFlow ? setInFlow(text, map, field, wanted) : setInBlock(text, map, field, wanted);
}

function setInFlow(text: string, { from, to, entries }: Mapping, field: string, value: unknown): string {
  const at = entries.findIndex(({ name }) => name === field);
  const [present, head, last] = [entries[at], entries[0], entries.at(-1)];
  const written = value === undefined ? 'noop: true' : `${field}: ${writeYaml(value, true)}`;
  if (!head || !last) return splice(text, from, to, `{${written}}`);
  if (!present) {
    if (value === undefined) return text;
    return field === 'needs' ? splice(text, head.from, head.from, `${written}, `) : splice(text, last.to, last.to, `, ${written}`);
  }
  if (value !== undefined || entries.length === 1) return splice(text, present.from, present.to, written);
  return at === 0 ? splice(text, present.from, entries[1]!.from, '') : splice(text, entries[at - 1]!.to, present.to, '');
}

function setInBlock(text: string, { entries }: Mapping, field: string, value: unknown): string {
  const [present, head] = [entries.find(({ name }) => name === field), entries[0]!];
  const indent = indentOf(text, head.from);
  if (value === undefined) {
    if (!present) return text;
    return entries.length === 1 ? splice(text, present.from, present.to, 'noop: true') : withoutLines(text, present);
  }
  const written = `${field}: ${inBlock(value, indent)}`;
  if (present) return splice(text, present.from, present.to, written);
  // What a task needs stands first, everything else last.
  if (field === 'needs') return splice(text, head.from, head.from, `${written}\n${indent}`);
  const at = lineEnd(text, entries.at(-1)!.to);
  return splice(text, at, at, `\n${indent}${written}`);
}

/** A way leads from what is needed to what needs it. */
function connect(text: string, way: Spot, to: string): string {
  const from = way.from === null ? undefined : find(text, way.from);
  const before = way.to === undefined ? undefined : find(text, way.to);
  if (!from || !find(text, to) || way.to === to) return text;
  const rest = before && needsOf(before).filter((need) => need !== from.name);
  const after = before ? set(text, before.id, 'needs', rest) : text;
  return set(after, to, 'needs', [...new Set([...needsOf(find(after, to)!), from.name])]);
}

function inBlock(value: unknown, indent: string): string {
  if (typeof value !== 'string' || !value.includes('\n')) return writeYaml(value);
  return ['|', ...value.trimEnd().split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`))].join('\n');
}

function form(text: string, id: string): Form | null {
  const task = find(text, id);
  if (!task) return null;
  const prefix = task.group === null ? '' : `${task.group}.`;
  const others = [...tasks(text)].filter((other) => other.group === task.group && other.id !== id);
  return {
    values: task.value?.kind === 'map' ? (plain(task.value) as Record<string, unknown>) : {},
    links: needsOf(task).map((need) => prefix + need),
    others: others.map((other) => other.id),
  };
}
