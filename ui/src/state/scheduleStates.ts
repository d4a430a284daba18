import type { ScheduleView } from '../api/schema';

/** A tick that comes so much later than it was due is late. */
const LATE_MS = 60_000;

/** Says whether the latest tick of a schedule came late, or one is due that did not come. */
function isLate({ state, next, last }: ScheduleView): boolean {
  if (state !== 'active') return false;
  const isDue = next[0] !== undefined && Date.now() - Date.parse(next[0]) > LATE_MS;
  return isDue || last?.reason === 'misfire' || (last !== undefined && Date.parse(last.handledAt) - Date.parse(last.scheduledAt) > LATE_MS);
}

/** Says whether a schedule starts nothing: it is paused, or cannot run. */
function isAtRest({ state, problem }: ScheduleView): boolean {
  return state === 'paused' || problem !== undefined;
}

/** Which schedules are listed alone. */
export const SCHEDULES_ONLY = { late: isLate, rest: isAtRest } as const;
export type SchedulesOnly = keyof typeof SCHEDULES_ONLY;
