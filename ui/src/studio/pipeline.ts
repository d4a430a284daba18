import { KINDS, named, nameOf, workOf } from './pipelineKinds';
import { sectionsOf } from './pipelineForm';
import { entry, type Entry, plain, splice, type Value } from './tree';
import { type Added, type Form, freeName, type Place, restOf, type Spot, type Writing } from './writing';
import { indentOf, lineEnd, lineStart, put, SHORT, withoutLines } from './yamlEdit';
import { readYaml, writeYaml } from './yamlTree';

/** Pipelines: YAML. Edits are of the text itself, so that every comment and every blank line stays where it is. */
export const pipeline: Writing = {
  kinds: KINDS,
  named,
  links: 'many',
  places: (text) => [...tasks(text)].map(({ id, from, to, key }): Place => ({ id, from, to, nameFrom: key.from, nameTo: key.to })),
  add,
  remove,
  rename,
  link: (text, id, links) => set(text, id, 'needs', links.map((link) => link.slice(link.lastIndexOf('.') + 1))),
  connect,
  targets,
  form,
  set,
};

/** What a task does that does nothing else. */
const NOTHING = 'noop: true';

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

/** Whether something stands before it in its line. */
const isInFlow = (text: string, { from }: Task) => text.slice(lineStart(text, from), from).trim() !== '';

function add(text: string, { from, to }: Spot, kind: string): Added | null {
  const all = [...tasks(text)];
  const before = from === null ? undefined : all.find(({ id }) => id === from);
  const name = freeName(nameOf(kind), new Set(all.map((task) => task.name)), '_');
  const { lines: work, blank } = workOf(kind);
  if ((from !== null && !before) || (before && isInFlow(text, before))) return null;
  if (!before) return first(text, all, name, kind);
  const id = before.group === null ? name : `${before.group}.${name}`;
  const indent = indentOf(text, before.from);
  const at = lineEnd(text, before.to);
  const lines = [`${name}:`, ...[`needs: ${before.name}`, ...work].map((line) => `  ${line}`)].map((line) => `\n${indent}${line}`).join('');
  const after = splice(text, at, at, lines);
  const follower = to === undefined ? undefined : find(after, to);
  if (!follower) return { text: after, id, blank };
  const needs = needsOf(follower).map((need) => (need === before.name ? name : need));
  return { text: set(after, follower.id, 'needs', needs), id, blank };
}

/** Adds a task that needs none, before all others. */
function first(text: string, all: Task[], name: string, kind: string): Added | null {
  const { lines, blank } = workOf(kind);
  const written = (indent: string) => [`${name}:`, ...lines.map((line) => `  ${line}`)].map((line) => `${indent}${line}\n`).join('');
  if (all[0]) {
    if (isInFlow(text, all[0])) return null;
    const at = lineStart(text, all[0].from);
    return { text: splice(text, at, at, written(indentOf(text, all[0].from))), id: name, blank };
  }
  const end = text.trimEnd();
  const head = /^tasks:\s*$/m.test(end) ? '' : 'tasks:\n';
  return { text: `${end}\n${head}${written('  ')}`, id: name, blank };
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

/** Sets a member of a task, or takes it out. */
function set(text: string, id: string, field: string | readonly (string | number)[], value: unknown): string {
  const task = find(text, id);
  if (!task) return text;
  const way = (typeof field === 'string' ? [field] : field).map(String);
  const isOut = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  const isOne = way.at(-1) === 'needs' && Array.isArray(value) && value.length === 1;
  const wanted = isOut ? undefined : isOne ? (value as unknown[])[0] : value;
  const map = task.value;
  if (map?.kind === 'map') return put(text, map, way, wanted, NOTHING);
  return isOut ? text : splice(text, task.key.to, task.to, `: ${writeYaml(way.reduceRight<unknown>((inner, name) => ({ [name]: inner }), wanted))}`);
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

/** Returns the tasks that come after one: that need it, or what needs it. */
function after(beside: readonly Task[], task: Task): ReadonlySet<string> {
  const found = new Set<string>();
  const names = [task.name];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    for (const other of beside) {
      if (found.has(other.id) || !needsOf(other).includes(name)) continue;
      found.add(other.id);
      names.push(other.name);
    }
  }
  return found;
}

function besides(text: string, task: Task): Task[] {
  return [...tasks(text)].filter(({ group, id }) => group === task.group && id !== task.id);
}

/** A task cannot wait for one that waits for it. */
function targets(text: string, from: string): string[] {
  const task = find(text, from);
  if (!task) return [];
  const beside = besides(text, task);
  return beside.filter((other) => !after([...beside, task], other).has(from)).map(({ id }) => id);
}

function form(text: string, id: string): Form | null {
  const task = find(text, id);
  if (!task) return null;
  const prefix = task.group === null ? '' : `${task.group}.`;
  const beside = besides(text, task);
  const later = after(beside, task);
  const values = task.value?.kind === 'map' ? (plain(task.value) as Record<string, unknown>) : {};
  const sections = sectionsOf(values);
  return {
    values,
    links: needsOf(task).map((need) => prefix + need),
    others: beside.filter((other) => !later.has(other.id)).map((other) => other.id),
    sections,
    fixed: new Set(fixed(text, task.value, [])),
    rest: restOf(values, sections, ['needs', 'tasks']),
  };
}

/** Finds what would lose its lines and comments if it were written anew; and, as `….*`, what has no members to be set. */
function* fixed(text: string, value: Value | null, way: readonly string[]): Generator<string> {
  for (const { name, value: own } of value?.kind === 'map' ? value.entries : []) {
    const inner = [...way, name].join('.');
    const written = own ? text.slice(own.from, own.to) : '';
    const isElsewhere = written.startsWith('*');
    if (isElsewhere || (own?.kind !== 'scalar' && written.includes('\n'))) yield inner;
    if (isElsewhere || (own?.kind === 'scalar' && !(name in SHORT))) yield `${inner}.*`;
    yield* fixed(text, own, [...way, name]);
  }
}
