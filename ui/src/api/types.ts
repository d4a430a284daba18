import type { ActionView, CompensationView, FailedHook, IterationCounts, ParentRun, ReplayOf } from './schema';

/** What the server answers of runs, with their words; `schema.ts` has the rest, made from docs/openapi.json. */

export type RunStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export type StepStatus =
  | 'failed'
  | 'timed_out'
  | 'running'
  | 'retrying'
  | 'waiting'
  | 'queued'
  | 'approval'
  | 'blocked'
  | 'compensating'
  | 'aborted'
  | 'caught'
  | 'skipped'
  | 'upstream_failed'
  | 'succeeded'
  | 'not_reached';

export type StateKind =
  | 'Task'
  | 'Pass'
  | 'Choice'
  | 'Wait'
  | 'Succeed'
  | 'Fail'
  | 'Parallel'
  | 'Map';

export interface Page<T, Next = string> {
  items: T[];
  next?: Next;
}

export interface RunItem {
  id: string;
  name: string;
  workflow: string;
  workflowName: string;
  status: RunStatus;
  isQuarantined: boolean;
  started: string;
  stopped?: string;
  redriveCount: number;
  /** The ARN of the version it was started by. */
  version?: string;
  /** What it is searched by. */
  attributes?: Record<string, string | number | boolean>;
}

export interface Run extends RunItem {
  alias?: string;
  redriven?: string;
  /** Why it cannot be redriven; absent if it can. */
  notRedrivable?: string;
  error?: string;
  cause?: string;
  /** Who stopped it or gave it up, where that is known. */
  stoppedBy?: string;
  mapRun?: string;
  /** What started it, if another run did. */
  parent?: ParentRun;
  /** The run that it runs again, if it does. */
  againOf?: string;
  /** The labels that its start gave. */
  labels?: Record<string, string>;
  /** The delivery of a trigger that it is a replay of, if it is one. */
  replayOf?: ReplayOf;
  /** How far it is with undoing what it did, if it began to. */
  compensation?: CompensationView;
  /** The tasks that are being undone, those that could not be, and the hooks that the end of the run waits for. */
  undoing?: ActionView[];
  notUndone?: ActionView[];
  openHooks?: ActionView[];
  /** The hooks that failed for good. */
  failedHooks?: FailedHook[];
  /** JSON text; only in views. */
  input?: string;
  output?: string;
  /** How large the output is that is too large to come along. */
  outputBytes?: number;
}

export interface Step {
  state: string;
  kind: StateKind;
  status: StepStatus;
  counts: Partial<Record<StepStatus, number>>;
  entered: string;
  left?: string;
  attempts: number;
  until?: string;
  error?: string;
  cause?: string;
  /** The states that followed. */
  followers?: string[];
  /** Of an inline Map: how many of its iterations are where. */
  iterations?: IterationCounts;
  mapRun?: string;
  /** The run that its task started last. */
  child?: string;
  entryEvent: number;
  exitEvent?: number;
}

export interface RunView {
  run: Run;
  definition: string;
  steps: Step[];
  /** Whether there are too many events to tell the steps. */
  stepsOmitted?: boolean;
  lastEvent: number;
}

export interface RunEvent {
  id: number;
  previous: number;
  at: string;
  type: string;
  scope: number;
  details: Record<string, unknown>;
}

/** What a stream tells of one run. */
export interface Progress {
  topic: string;
  run: Run;
  steps: Step[];
  stepsOmitted?: boolean;
  lastEvent: number;
}

export interface Refusal {
  code: string;
  message: string;
  detail?: string;
  requestId?: string;
}
