import type { RunStatus, Step, StepStatus } from '../api/types';

/** The word of each status, with a capital as it stands alone. */
export const WORD: Record<StepStatus, string> = {
  failed: 'Failed',
  timed_out: 'Timed out',
  running: 'Running',
  retrying: 'Retrying',
  waiting: 'Waiting',
  queued: 'Queued',
  aborted: 'Aborted',
  caught: 'Caught',
  succeeded: 'Succeeded',
  not_reached: 'Not reached',
};

/** The worst first: what a folded container shows. */
export const WORST_FIRST: readonly StepStatus[] = [
  'failed', 'timed_out', 'running', 'retrying', 'waiting', 'queued', 'aborted', 'caught', 'succeeded', 'not_reached',
];

/** The colour of each status, as the name of a token: `--st-…` fills, `--tx-…` text. */
export const HUE: Record<StepStatus, string> = {
  failed: 'failed',
  timed_out: 'failed',
  running: 'running',
  retrying: 'waiting',
  waiting: 'waiting',
  queued: 'queued',
  aborted: 'queued',
  caught: 'succeeded',
  succeeded: 'succeeded',
  not_reached: 'line',
};

export const STATUSES: readonly RunStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** Returns the status of a run in the words of steps. */
export function ofRun(status: RunStatus): StepStatus {
  return status.toLowerCase() as StepStatus;
}

export function isOver(status: RunStatus): boolean {
  return status !== 'RUNNING';
}

export function worst(statuses: Iterable<StepStatus>): StepStatus {
  const present = new Set(statuses);
  return WORST_FIRST.find((status) => present.has(status)) ?? 'not_reached';
}

/** Returns the step to look at first: the one that failed, else one that is under way. */
export function firstToSee(steps: readonly Step[], isLeaf: (state: string) => boolean): string | null {
  for (const wanted of ['failed', 'timed_out', 'retrying', 'running', 'waiting', 'queued'] as const) {
    const found = steps.filter((step) => step.status === wanted);
    const leaf = found.find((step) => isLeaf(step.state)) ?? found[0];
    if (leaf) return leaf.state;
  }
  return null;
}
