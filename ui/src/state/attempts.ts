import type { AttemptView } from '../api/schema';
import type { RunEvent } from '../api/types';
import { entriesOf } from './history';

/** An attempt of a step's task, as a run tells those of tasks. */
export interface Attempt extends AttemptView {
  /** Who took it, where its events say so. */
  worker?: string;
  /** What it gave, as JSON text. */
  output?: string;
}

const OF_TASK = /^(?:Task|Activity|LambdaFunction)(Scheduled|Started|Submitted|Succeeded|Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed|StartTimedOut)$/;
const ENDS = /(?:Succeeded|Failed|TimedOut)$/;

/** Returns the attempts of the state that an event entered, from the events that follow it. */
export function attemptsOf(events: readonly RunEvent[], entry: number): Attempt[] {
  const own = entriesOf(events).find(({ event }) => event.id === entry)?.events ?? [];
  const attempts: Attempt[] = [];
  for (const { id, type, at, details } of own) {
    const what = OF_TASK.exec(type)?.[1];
    if (what === 'Scheduled') attempts.push({ event: id, queued: at });
    const last = attempts.at(-1);
    if (what === undefined || !last || last.ended !== undefined) continue;
    if (what === 'Started') last.started = at;
    if (typeof details['workerName'] === 'string') last.worker = details['workerName'];
    if (!ENDS.test(what)) continue;
    last.ended = at;
    if (typeof details['output'] === 'string') last.output = details['output'];
    if (typeof details['error'] === 'string') last.error = details['error'];
    if (typeof details['cause'] === 'string') last.cause = details['cause'];
  }
  return attempts;
}
