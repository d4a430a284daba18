import type { RunStatus } from '../api/types';

/** What lists of runs can be narrowed down to, in their order there. */
export const STATUSES: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
