import type { AttemptView, TaskView } from '../api/schema';
import type { RunEvent, StepStatus } from '../api/types';
import type { Graph } from '../graph/compile';
import { groupBy } from './groupBy';
import { entriesOf, type Entry } from './history';
import { ofTask } from './status';
import type { Stretch } from './timescale';

/**
 * A part of the time that a step was there: its task waited to be taken, was tried, or something else was waited for. One
 * that has no end yet goes on for ever.
 */
export interface Piece extends Stretch {
  kind: 'queued' | 'attempt' | 'waiting';
  status: StepStatus;
}

const UNDER_WAY: ReadonlySet<StepStatus> = new Set(['running', 'waiting']);
const TROUBLE = /(Failed|TimedOut)$/;
const OF_TASK = /^(Task|Activity|LambdaFunction)(Scheduled|Started|Submitted|Succeeded|Failed|TimedOut)$/;

/** Returns the pieces of all entries of each state, in order, by the names of the states. */
export function piecesOf(events: readonly RunEvent[]): Map<string, Piece[]> {
  const byState = groupBy(entriesOf(events), ({ state }) => state);
  return new Map([...byState].map(([state, entries]) => [state, entries.flatMap(ofEntry)]));
}

function ofEntry({ events, kind, status, last }: Entry): Piece[] {
  const pieces: Piece[] = [];
  let open: { kind: Piece['kind']; from: number } = { kind: kind === 'Wait' ? 'waiting' : 'attempt', from: timeOf(events[0]!) };
  const close = (at: number, status: StepStatus) => {
    if (at > open.from || open.kind === 'attempt') pieces.push({ ...open, to: at, status });
  };
  for (const event of events) {
    const what = OF_TASK.exec(event.type)?.[2];
    if (what === undefined) continue;
    const at = timeOf(event);
    if (what === 'Scheduled' && pieces.length === 0) open.kind = 'waiting';
    close(at, { Failed: 'failed', TimedOut: 'timed_out', Succeeded: 'succeeded' }[what] as StepStatus | undefined ?? 'waiting');
    open = { kind: { Scheduled: 'queued', Started: 'attempt', Submitted: 'waiting' }[what] as Piece['kind'] | undefined ?? 'waiting', from: at };
  }
  // Between attempts it may be over for good.
  const isOpen = UNDER_WAY.has(status) && !TROUBLE.test(events.at(-1)!.type);
  if (isOpen) pieces.push({ ...open, to: Infinity, status: open.kind === 'attempt' ? status : 'waiting' });
  else if (pieces.length === 0 || open.kind === 'attempt') close(timeOf(last), status);
  return pieces;
}

/** Kinds of tasks that do nothing but wait. */
const WAITS = new Set(['wait', 'approve']);

/** Returns the pieces of the tasks of a pipeline's run whose attempts are told, or that only wait, by the names of the tasks. */
export function piecesOfTasks(tasks: readonly TaskView[], nodes: Graph['nodes']): Map<string, Piece[]> {
  const waits = new Set(nodes.flatMap(({ id, kind }) => (WAITS.has(kind) ? [id] : [])));
  const piecesOf = (task: TaskView) => (task.tries ? ofAttempts(task.tries, task) : waits.has(task.id) ? ofWait(task) : []);
  return new Map(tasks.map((task) => [task.id, piecesOf(task)] as const).filter(([, pieces]) => pieces.length > 0));
}

function ofWait({ started, ended, state }: TaskView): Piece[] {
  if (started === undefined) return [];
  return [{ kind: 'waiting', status: ofTask(state), from: Date.parse(started), to: ended === undefined ? Infinity : Date.parse(ended) }];
}

function ofAttempts(attempts: readonly AttemptView[], { ended, state, started: begun }: TaskView): Piece[] {
  const pieces: Piece[] = [];
  const end = ended === undefined ? Infinity : Date.parse(ended);
  const add = (kind: Piece['kind'], status: StepStatus, from: number, to: number) => {
    if (to > from || kind === 'attempt') pieces.push({ kind, status, from, to });
  };
  let from = Date.parse(begun ?? attempts[0]!.queued);
  for (const { queued, started, ended: over, error } of attempts) {
    const [offered, closed] = [Date.parse(queued), over === undefined ? end : Date.parse(over)];
    add('waiting', 'waiting', from, offered);
    add('queued', 'waiting', offered, started === undefined ? closed : Date.parse(started));
    if (started !== undefined) add('attempt', statusOfAttempt(over, error, state), Date.parse(started), closed);
    from = closed;
  }
  add('waiting', 'waiting', from, end);
  return pieces;
}

function statusOfAttempt(ended: string | undefined, error: string | undefined, state: string): StepStatus {
  if (ended === undefined) return ofTask(state);
  return error === undefined ? 'succeeded' : 'failed';
}

const timeOf = ({ at }: RunEvent) => Date.parse(at);
