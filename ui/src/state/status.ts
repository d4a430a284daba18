import type { InstanceCounts, IterationCounts } from '../api/schema';
import type { Step, StepStatus } from '../api/types';
import type { GraphNode } from '../graph/compile';
import { t } from '../i18n/text';

/** Returns the word of a status, with a capital as it stands alone. */
export function wordOf(status: StepStatus): string {
  return t(`status.${status}`);
}

/** The worst first: what a folded container shows. */
export const WORST_FIRST: readonly StepStatus[] = [
  'failed', 'timed_out', 'approval', 'compensating', 'running', 'retrying', 'waiting', 'blocked', 'queued',
  'upstream_failed', 'aborted', 'caught', 'succeeded', 'skipped', 'not_reached',
];

/** The colour of each status, as the name of a token: `--st-…` fills, `--tx-…` text. */
export const HUE: Record<StepStatus, string> = {
  failed: 'failed',
  timed_out: 'failed',
  running: 'running',
  retrying: 'waiting',
  waiting: 'waiting',
  approval: 'approval',
  blocked: 'queued',
  compensating: 'waiting',
  queued: 'queued',
  aborted: 'queued',
  caught: 'succeeded',
  succeeded: 'succeeded',
  skipped: 'queued',
  upstream_failed: 'failed',
  not_reached: 'line',
};

/** Returns the status of a run in the words of steps. */
export function ofRun(status: string): StepStatus {
  return known(status.toLowerCase());
}

/** Returns the state of a pipeline's task in the words of steps. */
export function ofTask(state: string): StepStatus {
  return { none: 'not_reached', success: 'succeeded', cancelled: 'aborted' }[state] as StepStatus | undefined ?? known(state);
}

/** A word of a newer server is shown as something that is under way. */
function known(status: string): StepStatus {
  return status in HUE ? (status as StepStatus) : 'waiting';
}

export function isOver(status: string): boolean {
  return ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'].includes(status);
}

/** Whether a run is over and has not come to what it was begun for. */
export function hasEndedBadly(status: string): boolean {
  return isOver(status) && status !== 'SUCCEEDED';
}

/** What a run waits for that is under way and does nothing, the most urgent first. */
const WAITS = ['approval', 'retrying', 'waiting', 'queued', 'blocked'] as const;

/** Returns how a run stands: one that is under way and only waits is not said to run. */
export function standOf(status: string, steps: readonly Pick<Step, 'counts'>[]): StepStatus {
  const present = new Set(status === 'RUNNING' ? countsOf(steps).map(([status]) => status) : []);
  if (present.has('running') || present.has('compensating')) return ofRun(status);
  return WAITS.find((one) => present.has(one)) ?? ofRun(status);
}

/** The same of a run in a list, by what it is told to wait for. A word of a newer server is passed over. */
export function standOfRun(status: string, waits: string | undefined): StepStatus {
  return (status === 'RUNNING' && WAITS.find((one) => one === waits)) || ofRun(status);
}

export function worst(statuses: Iterable<StepStatus>): StepStatus {
  const present = new Set(statuses);
  return WORST_FIRST.find((status) => present.has(status)) ?? 'not_reached';
}

export type StatusCount = readonly [status: StepStatus, count: number];

/** Returns how many iterations of a Map have each status, the worst first. What has not begun when the Map is over never does. */
export function iterationCounts({ pending, running, succeeded, failed, aborted }: IterationCounts, isOver: boolean): StatusCount[] {
  return [['failed', failed], ['running', running], [isOver ? 'not_reached' : 'queued', pending], ['aborted', aborted], ['succeeded', succeeded]];
}

/** The same of the instances of a task. */
export function instanceCounts({ running, succeeded, failed, skipped = 0, cancelled = 0 }: InstanceCounts): StatusCount[] {
  return [['failed', failed], ['running', running], ['aborted', cancelled], ['succeeded', succeeded], ['skipped', skipped]];
}

/** Returns how many entries of steps have each status, the worst first. */
export function countsOf(steps: readonly Pick<Step, 'counts'>[]): StatusCount[] {
  const sums = new Map<StepStatus, number>();
  for (const { counts } of steps) {
    for (const [status, count] of Object.entries(counts)) {
      sums.set(status as StepStatus, (sums.get(status as StepStatus) ?? 0) + count);
    }
  }
  return WORST_FIRST.flatMap((status) => (sums.has(status) ? [[status, sums.get(status)!] as const] : []));
}

/**
 * Returns how many steps of a graph stand how, the worst first. Each counts once, however often it was entered; what
 * holds others does not, unless they run elsewhere.
 */
export function standsOf(nodes: readonly GraphNode[], statusOf: (id: string) => StepStatus | undefined): StatusCount[] {
  const counts: Partial<Record<StepStatus, number>> = {};
  for (const { id } of leavesOf(nodes)) {
    const status = statusOf(id) ?? 'not_reached';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return countsOf([{ counts }]);
}

/** The leaves of graphs, which do not change: they are asked for whenever a step does. */
const LEAVES = new WeakMap<readonly GraphNode[], readonly GraphNode[]>();

/** Returns the steps in which nothing else of the same run happens. */
export function leavesOf(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const known = LEAVES.get(nodes);
  if (known) return known;
  const own = nodes.filter(({ isOfItems }) => !isOfItems);
  const holders = new Set(own.map(({ parent }) => parent));
  const leaves = own.filter(({ id }) => !holders.has(id));
  LEAVES.set(nodes, leaves);
  return leaves;
}

/** Returns the step to look at first: the one that failed, else one that is under way. */
export function firstToSee(steps: readonly Step[], isLeaf: (state: string) => boolean): string | null {
  for (const wanted of ['failed', 'timed_out', 'approval', 'retrying', 'running', 'waiting', 'queued', 'blocked'] as const) {
    const found = steps.filter((step) => step.status === wanted);
    const leaf = found.find((step) => isLeaf(step.state)) ?? found[0];
    if (leaf) return leaf.state;
  }
  return null;
}
