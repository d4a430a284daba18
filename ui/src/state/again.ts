import type { RerunTasks, TaskView } from '../api/schema';
import type { Step } from '../api/types';
import type { Graph, GraphNode } from '../graph/compile';
import { type Param, read, type Texts, textOf } from './params';

/**
 * What runs again: what failed, a task with what follows it, that task alone, all, or all as another run, of the same
 * version or of the latest.
 */
export type Extent = 'failed' | 'from' | 'only' | 'all' | 'new' | 'latest';

/** Another run, of the version that there is now. */
export const ON_LATEST = { new: true, version: 'latest' } as const satisfies RerunTasks;

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
    case 'new':
      return { new: true };
    case 'latest':
      return ON_LATEST;
    case 'from':
      return { from: step === null ? [] : [step] };
    case 'only':
      return { tasks: step === null ? [] : [step] };
  }
}

/** Returns the tasks that run again, without the groups around them. */
export function againOf(extent: Extent, step: string | null, graph: Graph, tasks: readonly TaskView[]): string[] {
  const all = graph.nodes.filter(({ isContainer }) => !isContainer).map(({ id }) => id);
  const state = new Map(tasks.map((task) => [task.id, task.state]));
  switch (extent) {
    case 'failed':
      return all.filter((id) => DID_NOT_END_WELL.has(state.get(id) ?? 'cancelled'));
    case 'from':
    case 'only': {
      const chosen = step === null ? new Set<string>() : inside(graph, extent === 'from' ? following(graph, step) : [step]);
      return all.filter((id) => chosen.has(id));
    }
    default:
      return all;
  }
}

/** A task, and all that comes after it or after the groups around it. */
function following({ nodes, edges }: Graph, first: string): string[] {
  const parents = new Map(nodes.map(({ id, parent }) => [id, parent]));
  const found = new Set([first]);
  for (const id of found) {
    for (let from: string | null = id; from !== null; from = parents.get(from) ?? null) {
      for (const edge of edges) if (edge.from === from) found.add(edge.to);
    }
  }
  return [...found];
}

/** Those, and what is in those of them that are groups. */
function inside({ nodes }: Graph, ids: readonly string[]): Set<string> {
  const found = new Set(ids);
  // Containers come before what is inside of them.
  for (const { id, parent } of nodes) if (parent !== null && found.has(parent)) found.add(id);
  return found;
}

/** What a redrive does. */
export interface RedrivePlan {
  /** The states that are entered again or go on. */
  goesOnAt: string[];
  /** How many states stay as they are. */
  kept: number;
}

const STOPPED = new Set(['failed', 'timed_out', 'aborted']);

export function redrivePlan(graph: Graph | null, steps: readonly Step[]): RedrivePlan {
  const containers = new Set(graph?.nodes.filter(({ isContainer }) => isContainer).map(({ id }) => id));
  const stopped = steps.filter(({ state, status }) => STOPPED.has(status) && !containers.has(state));
  return { goesOnAt: stopped.map(({ state }) => state), kept: steps.filter(({ status }) => !STOPPED.has(status)).length };
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

/**
 * Returns the params of a run for a version with other params: who left a param at its default gets the default it
 * has now.
 */
export function renewed(own: readonly Param[], latest: readonly Param[], before: Record<string, unknown>): Record<string, unknown> {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const isLeft = (name: string) => own.some((param) => param.name === name && same(param.default, before[name]));
  return Object.fromEntries(latest.map((param) => [param.name, isLeft(param.name) ? param.default : before[param.name]]));
}

/** Returns the params of a run that another version does not have, to be left out. */
export function gone(latest: readonly Param[], before: Record<string, unknown>): Record<string, null> {
  const known = new Set(latest.map(({ name }) => name));
  return Object.fromEntries(Object.keys(before).filter((name) => !known.has(name)).map((name) => [name, null]));
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
