import type { RunStatus } from '../api/types';

/** What lists of runs can be narrowed down to; one that is queued is in no list yet. */
export const STATUSES: readonly RunStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
