import type { TaskView } from '../api/schema';
import type { Step, StepStatus } from '../api/types';
import type { Graph } from '../graph/compile';
import { instanceCounts, ofTask } from './status';

const UNDER_WAY = new Set(['running', 'waiting']);
/** What tells that a task was not passed on to. */
const NOT_RUN: ReadonlySet<StepStatus> = new Set(['not_reached', 'blocked', 'skipped', 'upstream_failed']);

/** Returns tasks as steps, so that the same graph and lists show both. */
export function stepsOf(tasks: readonly TaskView[], { nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): Step[] {
  const asks = asking(nodes);
  const status = new Map(tasks.map((task) => [task.id, statusOf(task, asks.has(task.id))]));
  const followers = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (NOT_RUN.has(status.get(to) ?? 'not_reached')) continue;
    followers.set(from, [...(followers.get(from) ?? []), to]);
  }
  return tasks.map((task) => ({
    state: task.id,
    kind: 'Task',
    status: status.get(task.id)!,
    counts: counts(task, status.get(task.id)!),
    // One that never began was there for no time when it ended.
    entered: task.started ?? task.ended ?? task.ready ?? '',
    attempts: task.attempts,
    entryEvent: 0,
    followers: followers.get(task.id) ?? [],
    ...(task.ended !== undefined && { left: endOf(task)! }),
    ...(task.until !== undefined && { until: task.until }),
    ...(task.error !== undefined && { error: task.error }),
    ...(task.cause !== undefined && { cause: task.cause }),
  }));
}

/** Returns when a task ended its work: one that was marked later had before. */
export function endOf({ marked, tries, ended }: TaskView): string | undefined {
  return (marked && tries?.at(-1)?.ended) ?? ended;
}

/** Returns the tasks that ask people. */
export function asking(nodes: Graph['nodes']): ReadonlySet<string> {
  return new Set(nodes.filter(({ kind }) => kind === 'approve').map(({ id }) => id));
}

/** Returns how a task stands: one that asks people needs them for as long as it is under way. */
export function statusOf({ state }: Pick<TaskView, 'state'>, isAsking: boolean): StepStatus {
  return isAsking && UNDER_WAY.has(state) ? 'approval' : ofTask(state);
}

/** Before a task begins, people can hold it or have it skipped: as long as its first attempt waits for a place. */
export function canSteer({ state, started, attempts }: TaskView): boolean {
  return state === 'queued' ? attempts <= 1 : started === undefined && ['none', 'blocked'].includes(state);
}

/** Returns what can be asked of all tasks at once, some of which may be held already. */
export function ordersOfAll(tasks: readonly TaskView[]): readonly ('hold' | 'release')[] {
  const isHeld = tasks.some(({ asked }) => asked?.order === 'hold');
  const canHold = tasks.some((task) => canSteer(task) && task.asked === undefined);
  if (!isHeld) return ['hold'];
  return canHold ? ['hold', 'release'] : ['release'];
}

/** A task with instances counts them; another counts once, if it has come to anything. */
function counts({ instances }: TaskView, status: StepStatus): Step['counts'] {
  if (!instances) return { [status]: 1 };
  return Object.fromEntries(instanceCounts(instances).filter(([, count]) => count > 0));
}
