import type { RunEvent, StateKind, Step, StepStatus } from '../api/types';
import { t } from '../i18n/text';
import { groupBy } from './groupBy';
import { worst } from './status';

/** An event, with the state it happened in. */
export interface EventOfState extends RunEvent {
  state: string | undefined;
}

/** One entry of a state: the events from when it was entered to when it was left. */
export interface Entry {
  /** The event that entered it. */
  event: RunEvent;
  state: string;
  kind: StateKind;
  /** The event that entered the Parallel or Map around it. */
  parent: number | null;
  depth: number;
  /** The event that left it. */
  exit?: RunEvent;
  /** Its own events, without those of what is inside of it. */
  events: RunEvent[];
  /** The last event that is known of it: its exit, what ended it, or the latest one in it. */
  last: RunEvent;
  status: StepStatus;
}

/** An event belongs to the state that its branch has entered last. */
export function withStates(events: readonly RunEvent[]): EventOfState[] {
  const present = new Map<number, string>();
  return events.map((event) => {
    if (isEntry(event)) present.set(event.scope, nameOf(event));
    const state = event.type.startsWith('Execution') ? undefined : present.get(event.scope);
    if (isExit(event)) present.delete(event.scope);
    return { ...event, state };
  });
}

/** Returns the entries of all states, in the order of their beginnings. An event follows the one it names. */
export function entriesOf(events: readonly RunEvent[]): Entry[] {
  const entries = new Map<number, Entry>();
  const owners = new Map<number, Entry | undefined>();
  const left = new Set<number>();
  for (const event of events) {
    const before = owners.get(event.previous);
    // Whoever follows an exit is beside what was left.
    const around = before && left.has(event.previous) ? entries.get(before.parent ?? 0) : before;
    if (isEntry(event)) {
      const entry = begin(event, around);
      entries.set(event.id, entry);
      owners.set(event.id, entry);
      continue;
    }
    if (event.type.startsWith('Execution')) continue;
    const given = around && BRANCH_ENDED.test(event.type) ? ofScope(event.scope, around, entries) : undefined;
    const own = isExit(event) ? before : (given ?? failedOf(event, around, entries));
    owners.set(event.id, own);
    own?.events.push(event);
    // What comes after the end of a branch is beside it, however it ended.
    if (given) left.add(event.id);
    if (!own || !isExit(event)) continue;
    own.exit = event;
    left.add(event.id);
  }
  const end = events.findLast(({ type }) => type.startsWith('Execution'));
  for (const entry of entries.values()) entry.status = statusOf(entry, end?.type);
  endAll(entries, end);
  return [...entries.values()];
}

/** Returns the entry that a branch has come to last, if none of its exits was told. */
function ofScope(scope: number, from: Entry, entries: ReadonlyMap<number, Entry>): Entry | undefined {
  let at: Entry | undefined = from;
  while (at && at.event.scope !== scope) at = entries.get(at.parent ?? 0);
  return at;
}

/** That a Parallel or a Map failed follows what failed inside of it. */
function failedOf({ type, previous }: RunEvent, around: Entry | undefined, entries: ReadonlyMap<number, Entry>): Entry | undefined {
  const kind = /^(Parallel|Map)StateFailed$/.exec(type)?.[1];
  if (kind === undefined || !around) return around;
  // One inside of another: the inner one has failed before.
  const last = around.events.at(-1)!;
  let at = last.id === previous && last.type === type ? entries.get(around.parent ?? 0) : around;
  while (at && at.kind !== kind) at = entries.get(at.parent ?? 0);
  return at ?? around;
}

/** Tells of all entries when they ended. What was left by no event ended with what is around it. */
function endAll(entries: ReadonlyMap<number, Entry>, end: RunEvent | undefined): void {
  const all = [...entries.values()];
  for (const entry of all.toReversed()) {
    const own = entry.events.at(-1)!;
    if (entry.exit || entry.last.id < own.id) entry.last = own;
    const around = entries.get(entry.parent ?? 0);
    if (around && around.last.id < entry.last.id) around.last = entry.last;
  }
  for (const entry of all) {
    if (entry.status !== 'aborted') continue;
    const around = entries.get(entry.parent ?? 0);
    entry.last = (around ? around.exit ?? around.last : end) ?? entry.last;
  }
}

function begin(event: RunEvent, around: Entry | undefined): Entry {
  const kind = event.type.replace(/StateEntered$/, '') as StateKind;
  const place = { parent: around?.event.id ?? null, depth: around ? around.depth + 1 : 0 };
  return { event, state: nameOf(event), kind, ...place, events: [event], last: event, status: 'running' };
}

const isEntry = ({ type }: RunEvent) => type.endsWith('StateEntered');
const isExit = ({ type }: RunEvent) => type.endsWith('StateExited');
const nameOf = ({ details }: RunEvent) => String(details['name']);
const FAILED = /(Failed|TimedOut)$/;
/** Ends a task of a pipeline, what is done beside the tasks, or a part of a Map that goes on. */
const BRANCH_ENDED = /^(BranchExited|AsideExited|MapIterationFailed)$/;

function statusOf({ event, exit, events, kind }: Entry, end: string | undefined): StepStatus {
  const trouble = events.findLast(({ type }) => FAILED.test(type))?.type;
  if (exit) return events.at(-2)?.type === trouble && trouble !== undefined ? 'caught' : 'succeeded';
  const own = events.at(-1)!;
  // What ended inside of it is told with it as well.
  const isOver = BRANCH_ENDED.test(own.type) && own.scope === event.scope;
  if (!isOver && (end === undefined || end === 'ExecutionStarted' || end === 'ExecutionRedriven')) return kind === 'Wait' ? 'waiting' : 'running';
  if (end === 'ExecutionTimedOut' || end === 'ExecutionAborted') return 'aborted';
  if (trouble === undefined) return kind === 'Fail' ? 'failed' : 'aborted';
  return trouble.endsWith('TimedOut') ? 'timed_out' : 'failed';
}

/**
 * Returns the entries of a pipeline's tasks. What is made around them has names in brackets, or passes on what they are
 * given; hooks have such names as well, and do work.
 */
export function tasksOf(entries: readonly Entry[]): Entry[] {
  const isMade = ({ state, kind }: Entry) => (/^\(.*\)$/.test(state) && kind !== 'Task') || (state.endsWith(' (given)') && kind === 'Pass');
  const depths = new Map<number | null, number>();
  const made = new Map<number | null, number | null>();
  const around = (parent: number | null) => made.get(parent) ?? (made.has(parent) ? null : parent);
  return entries.flatMap((entry) => {
    const parent = around(entry.parent);
    if (isMade(entry)) {
      made.set(entry.event.id, parent);
      return [];
    }
    const depth = parent === null ? 0 : depths.get(parent)! + 1;
    depths.set(entry.event.id, depth);
    return [{ ...entry, parent, depth }];
  });
}

/** Returns what became of each state, as a run tells it. */
export function stepsOf(entries: readonly Entry[]): Step[] {
  return [...groupBy(entries, ({ state }) => state)].map(([state, all]) => stepOf(state, all));
}

function stepOf(state: string, entries: readonly Entry[]): Step {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const counts: Partial<Record<StepStatus, number>> = {};
  for (const { status } of entries) counts[status] = (counts[status] ?? 0) + 1;
  const isOpen = entries.some(({ status }) => status === 'running' || status === 'waiting');
  const ends = entries.map(({ last }) => last.at).toSorted();
  const trouble = entries.flatMap(({ events }) => events).findLast(({ type }) => FAILED.test(type))?.details ?? {};
  return {
    state,
    kind: first.kind,
    status: worst(entries.map(({ status }) => status)),
    counts,
    entered: first.event.at,
    ...(!isOpen && { left: ends.at(-1)! }),
    attempts: last.events.filter(({ type }) => type.endsWith('Scheduled')).length,
    ...(typeof trouble['error'] === 'string' && { error: trouble['error'] }),
    ...(typeof trouble['cause'] === 'string' && { cause: trouble['cause'] }),
    entryEvent: last.event.id,
    ...(last.exit && { exitEvent: last.exit.id }),
  };
}

type Json = Record<string, unknown>;

/**
 * Reads a history from a file: one that the console kept, or what `aws stepfunctions get-execution-history` prints.
 * Throws an error that says what is wrong with it.
 */
export function readHistory(text: string): RunEvent[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error(t('history.noJson'));
  }
  const events = (read as Json | null)?.['events'];
  if (!Array.isArray(events) || events.length === 0) throw new Error(t('history.noEvents'));
  return events.map(readEvent).toSorted((a, b) => a.id - b.id);
}

function readEvent(value: unknown, at: number): RunEvent {
  const event = (value ?? {}) as Json;
  const [id, type] = [Number(event['id']), event['type']];
  const instant = instantOf(event['at'] ?? event['timestamp']);
  if (!Number.isInteger(id) || typeof type !== 'string' || instant === null) throw new Error(t('history.noEvent', { n: at + 1 }));
  return {
    id,
    type,
    at: instant,
    previous: Number(event['previous'] ?? event['previousEventId'] ?? 0),
    scope: Number(event['scope'] ?? 0),
    details: detailsOf(event),
  };
}

/** Instants are texts, or seconds since the epoch, as older clients print them. */
function instantOf(value: unknown): string | null {
  const ms = typeof value === 'number' ? value * 1_000 : Date.parse(String(value));
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** AWS puts the details of each type under a name of its own. */
function detailsOf(event: Json): Json {
  const own = event['details'] ?? Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1];
  return (own ?? {}) as Json;
}
