import { put, readJson, swap, valueAt, type Way } from './jsonTree';
import { sectionsOf } from './machineForm';
import { blankOf, KINDS, made, named, nameOf, ruleTo } from './machineKinds';
import { entry, type Entry, plain, splice, type Value } from './tree';
import { type Added, type Form, freeName, type Place, restOf, type RowsOf, type Spot, type Writing } from './writing';

/** State machines: the Amazon States Language. */
export const machine: Writing = {
  kinds: KINDS,
  named,
  links: 'one',
  places: (text) => [...states(text)].map(({ id, from, to, key }): Place => ({ id, from, to, nameFrom: key.from, nameTo: key.to })),
  add,
  remove,
  rename,
  link,
  connect,
  targets: (text, from) => beside(text, from),
  form,
  set,
};

interface State extends Entry {
  id: string;
  /** The way to the state, and to the block it stands in. */
  path: Way;
  block: Way;
  /** Its members, as the text has them. */
  source: Record<string, unknown>;
}

/** Goes through the states of a text, as far as it can be read. */
function* states(text: string): Generator<State> {
  yield* within(readJson(text), []);
}

function* within(machine: Value | null, block: Way): Generator<State> {
  const all = entry(machine, 'States');
  for (const one of all?.kind === 'map' ? all.entries : []) {
    if (one.value?.kind !== 'map') continue;
    const path = [...block, 'States', one.name];
    yield { ...one, id: one.name, path, block, source: plain(one.value) as Record<string, unknown> };
    for (const inner of ['ItemProcessor', 'Iterator']) yield* within(entry(one.value, inner), [...path, inner]);
    const branches = entry(one.value, 'Branches');
    for (const [at, branch] of (branches?.kind === 'list' ? branches.items : []).entries()) yield* within(branch, [...path, 'Branches', at]);
  }
}

function find(text: string, id: string): State | undefined {
  return [...states(text)].find((state) => state.id === id);
}

const isSame = (one: Way, other: Way) => one.join('\n') === other.join('\n');

/** Returns the ways to everything in a block that leads to a state: `Next`, `Default`, those of rules and catchers. */
function leading(text: string, block: Way, to: string): Way[] {
  const found: Way[] = [];
  for (const { path, source, block: own } of states(text)) {
    if (!isSame(own, block)) continue;
    for (const name of ['Next', 'Default']) if (source[name] === to) found.push([...path, name]);
    for (const name of ['Choices', 'Catch']) {
      const rules = Array.isArray(source[name]) ? (source[name] as { Next?: unknown }[]) : [];
      rules.forEach((rule, at) => rule?.Next === to && found.push([...path, name, at, 'Next']));
    }
  }
  return found;
}

/** Returns the value at the end of a way without its places. */
const read = (text: string, way: Way) => plain(valueAt(text, way));

const TERMINAL = new Set(['Succeed', 'Fail']);

function add(text: string, spot: Spot, kind: string): Added | null {
  const before = spot.from === null ? null : find(text, spot.from);
  if (before === undefined) return null;
  const block = before?.block ?? [];
  const source = before?.source ?? {};
  if (TERMINAL.has(String(source['Type'])) && spot.to === undefined) return null;
  const start = read(text, [...block, 'StartAt']);
  const way = spot.from === null ? [...block, 'StartAt'] : wayOf(before!, spot);
  const next = spot.to ?? (spot.from === null ? start : (source['Next'] ?? source['Default']));
  const names = new Set([...states(text)].map(({ id }) => id));
  const id = freeName(nameOf(kind), names);
  const isJsonata = read(text, ['QueryLanguage']) === 'JSONata';
  let after = text;
  let follower = typeof next === 'string' && next !== '' ? next : undefined;
  if (kind === 'Choice' && follower === undefined) {
    follower = freeName('Done', names);
    after = put(after, [...block, 'States', follower], { Type: 'Succeed' });
  }
  const all = valueAt(after, [...block, 'States']);
  const index = (all?.kind === 'map' ? all.entries.findIndex(({ name }) => name === spot.from) : -1) + 1;
  after = put(after, [...block, 'States', id], made(kind, { next: follower, isJsonata, names }), index);
  after = put(after, way, id);
  if (way.at(-1) === 'Next' && source['End'] === true) after = put(after, [...before!.path, 'End'], undefined);
  return { text: after, id, blank: blankOf(kind) };
}

/** Returns where the name of the new state is written. */
function wayOf({ path, source }: State, { to, kind }: Spot): Way {
  const list = kind === 'choice' ? 'Choices' : kind === 'catch' ? 'Catch' : undefined;
  if (list) {
    const rules = (source[list] ?? []) as { Next?: unknown }[];
    return [...path, list, Math.max(0, rules.findIndex((rule) => rule.Next === to)), 'Next'];
  }
  return [...path, kind === 'default' || source['Type'] === 'Choice' ? 'Default' : 'Next'];
}

/** Takes a state out; what led to it leads to what followed it. */
function remove(text: string, id: string): string {
  const state = find(text, id);
  if (!state) return text;
  const { source } = state;
  const choices = Array.isArray(source['Choices']) ? (source['Choices'] as { Next?: unknown }[]) : [];
  const follower = [source['Next'], source['Default'], choices[0]?.Next].find((next) => typeof next === 'string' && next !== id);
  const inBlock = [...states(text)].filter(({ id: other, block }) => other !== id && isSame(block, state.block));
  let after = text;
  // From the back, so that places in lists stay right.
  for (const way of leading(text, state.block, id).reverse()) after = heal(after, way, follower);
  const start = [...state.block, 'StartAt'];
  if (read(text, start) === id) after = put(after, start, follower ?? inBlock[0]?.id ?? '');
  return put(after, state.path, undefined);
}

function heal(text: string, way: Way, follower: unknown): string {
  if (follower !== undefined) return put(text, way, follower);
  if (typeof way.at(-2) !== 'number') {
    const without = put(text, way, undefined);
    return way.at(-1) === 'Next' ? put(without, [...way.slice(0, -1), 'End'], true) : without;
  }
  // A rule or a catcher that leads nowhere is none; nor is an empty list of catchers.
  const list = way.slice(0, -2);
  const rest = (read(text, list) as unknown[]).length - 1;
  return put(text, rest === 0 && list.at(-1) === 'Catch' ? list : way.slice(0, -1), undefined);
}

function rename(text: string, id: string, name: string): string {
  const state = find(text, id);
  if (!state || name === '' || name === id || find(text, name)) return text;
  let after = text;
  for (const way of leading(text, state.block, id)) after = put(after, way, name);
  const start = [...state.block, 'StartAt'];
  if (read(text, start) === id) after = put(after, start, name);
  const { key } = find(after, id)!;
  return splice(after, key.from, key.to, JSON.stringify(name));
}

function link(text: string, id: string, [next]: readonly string[]): string {
  const state = find(text, id);
  if (!state) return text;
  const type = state.source['Type'];
  if (TERMINAL.has(String(type))) return text;
  if (type === 'Choice') return put(text, [...state.path, 'Default'], next);
  return put(put(text, [...state.path, 'End'], next === undefined ? true : undefined), [...state.path, 'Next'], next);
}

/** A new way from a Choice is a rule more, if it has a default already. */
function connect(text: string, way: Spot, to: string): string {
  const state = way.from === null ? undefined : find(text, way.from);
  if (!state) return text;
  if (way.to !== undefined) return put(text, wayOf(state, way), to);
  const { Type: type, Choices: rules, Default: otherwise } = state.source;
  if (type !== 'Choice' || otherwise === undefined || !Array.isArray(rules)) return link(text, state.id, [to]);
  return put(text, [...state.path, 'Choices', rules.length], ruleTo(to, isJsonata(text, state)));
}

/** What is seen of a state beside its fields: where it leads, and what is inside of it. */
const SHOWN = ['Type', 'Next', 'End', 'Default', 'Branches', 'ItemProcessor', 'Iterator'];

/** Sets a member of a state. Members that are not there yet are made for what stands in them. */
function set(text: string, id: string, field: string | Way, value: unknown): string {
  const state = find(text, id);
  if (!state) return text;
  // JSON has null, which InputPath and others may be.
  let [way, written]: [Way, unknown] = [[...state.path, ...(typeof field === 'string' ? [field] : field)], value];
  while (written !== undefined && way.length > state.path.length + 1 && valueAt(text, way.slice(0, -1)) === null) {
    [way, written] = [way.slice(0, -1), { [String(way.at(-1))]: written }];
  }
  return put(text, way, written);
}

function beside(text: string, id: string): string[] {
  const state = find(text, id);
  return [...states(text)].filter((other) => state && other.id !== id && isSame(other.block, state.block)).map((other) => other.id);
}

function form(text: string, id: string): Form | null {
  const state = find(text, id);
  if (!state) return null;
  const { source: values } = state;
  const next = values['Next'] ?? values['Default'];
  const isOfJsonata = isJsonata(text, state);
  const sections = sectionsOf(values, isOfJsonata);
  return {
    values,
    isJsonata: isOfJsonata,
    links: typeof next === 'string' ? [next] : [],
    others: beside(text, id),
    sections,
    fixed: new Set(),
    rest: restOf(values, sections, SHOWN),
  };
}

/** Whether the expressions of a state are JSONata: it says so, or all of the definition does. */
function isJsonata(text: string, { source }: State): boolean {
  return (source['QueryLanguage'] ?? read(text, ['QueryLanguage'])) === 'JSONata';
}

/** Adds a row to a list of a state: a rule, a retrier or a catcher. */
export function addRow(text: string, id: string, list: RowsOf): string {
  const state = find(text, id);
  if (!state) return text;
  const rows = Array.isArray(state.source[list]) ? (state.source[list] as { ErrorEquals?: unknown }[]) : [];
  const way = [...state.path, list];
  const fresh = freshRow(text, state, list, rows.flatMap(({ ErrorEquals }) => ErrorEquals));
  if (rows.length === 0) return put(text, way, [fresh]);
  const after = put(text, [...way, rows.length], fresh);
  // What takes every error stands last.
  return [rows.at(-1)!.ErrorEquals].flat().includes(ANY_ERROR) ? swap(after, way, rows.length) : after;
}

const ANY_ERROR = 'States.ALL';
const ERRORS = [ANY_ERROR, 'States.TaskFailed', 'States.Timeout'];

function freshRow(text: string, state: State, list: RowsOf, taken: readonly unknown[]): object {
  const [next] = beside(text, state.id);
  if (list === 'Choices') return ruleTo(next, isJsonata(text, state));
  const errors = { ErrorEquals: [ERRORS.find((error) => !taken.includes(error)) ?? 'Error'] };
  return list === 'Retry' ? { ...errors, IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 } : { ...errors, Next: next };
}

/** Takes a row out; a list without rows is none. */
export function removeRow(text: string, id: string, list: RowsOf, at: number): string {
  const state = find(text, id);
  if (!state) return text;
  const isLast = (state.source[list] as unknown[]).length === 1;
  return put(text, [...state.path, list, ...(isLast ? [] : [at])], undefined);
}

/** Moves a row before the one above it. */
export function raiseRow(text: string, id: string, list: RowsOf, at: number): string {
  const state = find(text, id);
  return state ? swap(text, [...state.path, list], at) : text;
}
