import type { RerunTasks, TaskView } from '../api/schema';
import type { GraphNode } from '../graph/compile';
import { type Param, read, type Texts, textOf } from './params';

/** What runs again: what failed, a task with what follows it, that task alone, or all. */
export type Extent = 'failed' | 'from' | 'only' | 'all';

const DID_NOT_END_WELL = new Set(['failed', 'upstream_failed', 'cancelled']);
/** After these nobody knows whether a task did its work. */
const IN_DOUBT = new Set(['Lost', 'Heartbeat', 'Timeout']);

/** Whether there is something to run again that did not end well. */
export function hasFailed(tasks: readonly TaskView[], status: string): boolean {
  return status !== 'SUCCEEDED' || tasks.some(({ state }) => DID_NOT_END_WELL.has(state));
}

export function tasksOf(extent: Extent, step: string | null): RerunTasks {
  switch (extent) {
    case 'failed':
      return { failed: true };
    case 'all':
      return { all: true };
    case 'from':
      return { from: step === null ? [] : [step] };
    case 'only':
      return { tasks: step === null ? [] : [step] };
  }
}

/** Returns the params that a run was given, of its input as JSON text. */
export function paramsOfInput(input: string | undefined): Record<string, unknown> {
  try {
    return (JSON.parse(input ?? '{}') as { params?: Record<string, unknown> }).params ?? {};
  } catch {
    return {};
  }
}

export function textsOf(params: readonly Param[], values: Record<string, unknown>): Texts {
  return Object.fromEntries(params.map((param) => [param.name, textOf(param, values[param.name])]));
}

/** Returns the params that differ from what they were; null stands for one that was emptied. */
export function changed(params: readonly Param[], before: Record<string, unknown>, texts: Texts): Record<string, unknown> {
  const { values } = read(params, texts);
  const differ = params.filter(({ name }) => JSON.stringify(values[name]) !== JSON.stringify(before[name]));
  return Object.fromEntries(differ.map(({ name }) => [name, values[name] ?? null]));
}

/** Returns the tasks that a saga can undo, what ended last first. */
export function undoable(nodes: readonly GraphNode[], tasks: readonly TaskView[]): TaskView[] {
  const compensates = new Set(nodes.filter(({ source }) => source['compensates'] === true).map(({ id }) => id));
  return tasks
    .filter((task) => compensates.has(task.id) && mayHaveDone(task))
    .toReversed()
    .toSorted((a, b) => (b.ended ?? '').localeCompare(a.ended ?? ''));
}

function mayHaveDone({ state, started, error, instances }: TaskView): boolean {
  if (state === 'success' || (instances?.succeeded ?? 0) > 0) return true;
  return started !== undefined && (state === 'cancelled' || (state === 'failed' && IN_DOUBT.has(error ?? '')));
}
