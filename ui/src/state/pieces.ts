import type { RunEvent, StepStatus } from '../api/types';
import { groupBy } from './groupBy';
import { entriesOf, type Entry } from './history';
import type { Stretch } from './timescale';

/** A part of the time that a step was there: its task waited to be taken, was tried, or something else was waited for. */
export interface Piece extends Stretch {
  kind: 'queued' | 'attempt' | 'waiting';
  status: StepStatus;
}

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
  if (pieces.length === 0 || open.kind === 'attempt') close(timeOf(last), status);
  return pieces;
}

const timeOf = ({ at }: RunEvent) => Date.parse(at);
