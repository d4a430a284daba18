/** What of executions is written to logs, the least first. */
export const LEVELS = ['OFF', 'FATAL', 'ERROR', 'ALL'] as const;
export type Level = (typeof LEVELS)[number];
