import type { ScheduleSpec } from '../api/operate';

export const KINDS = ['cron', 'every', 'at'] as const;
export type Kind = (typeof KINDS)[number];

/** What becomes of ticks that were missed; a duration is one more. */
export const CATCHUPS = ['none', 'last', 'all'] as const;

export const OVERLAPS = ['skip', 'buffer_one', 'buffer_all', 'cancel_other', 'terminate_other', 'allow_all'] as const;

/** What a calendar of the server does to ticks on the days that it names. */
export const CALENDAR_MODES = ['exclude', 'only', 'next', 'previous'] as const;

/** A schedule as its form has it. */
export interface Draft {
  kind: Kind;
  /** What the kind is written as; instants with commas between them. */
  when: string;
  timezone: string;
  overlap: string;
  jitter: string;
  end: string;
  /** One of `CATCHUPS`, `window`, or nothing. */
  catchup: string;
  /** How old ticks may be that are caught up with, if they may not be older. */
  window: string;
  /** How late a tick is missed. */
  grace: string;
  /** The name of a calendar of the server; empty: none, or days that the schedule has of its own. */
  calendar: string;
  calendarMode: string;
  /** What the form does not show, and keeps. */
  rest: ScheduleSpec;
}

/** Reads that a schedule keeps to a calendar of the server, and nothing else. */
function calendarOf(value: unknown): Pick<Draft, 'calendar' | 'calendarMode'> | null {
  const { name, mode = 'exclude', ...more } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isNamed = typeof name === 'string' && typeof mode === 'string' && Object.keys(more).length === 0;
  return isNamed ? { calendar: name, calendarMode: mode } : null;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** Reads a schedule into its form. */
export function draftOf(spec: ScheduleSpec, zone: string): Draft {
  const { cron, every, at, timezone, overlap, jitter, end, catchup, misfireGrace, calendar, ...others } = spec;
  const kind = every !== undefined ? 'every' : at !== undefined ? 'at' : 'cron';
  const when = kind === 'at' && Array.isArray(at) ? at.join(', ') : text({ cron, every, at }[kind]);
  // A schedule without a zone is one of UTC; a new one begins with the reader's.
  const own = Object.keys(spec).length === 0 ? zone : 'UTC';
  const missed = text(catchup);
  const isWindow = missed !== '' && !CATCHUPS.some((one) => one === missed);
  const named = calendarOf(calendar);
  const rest = { ...others, ...(calendar !== undefined && named === null && { calendar }) };
  const kept = named ?? { calendar: '', calendarMode: CALENDAR_MODES[0] };
  const late = { catchup: isWindow ? 'window' : missed, window: isWindow ? missed : '', grace: text(misfireGrace) };
  return { kind, when, timezone: text(timezone) || own, overlap: text(overlap), jitter: text(jitter), end: text(end), ...late, ...kept, rest };
}

/** Writes what the form has as a schedule. */
export function specOf({ kind, when, timezone, overlap, jitter, end, catchup, window, grace, calendar, calendarMode, rest }: Draft): ScheduleSpec {
  const written = kind === 'at' ? when.split(/[\s,]+/).filter(Boolean) : when.trim();
  const missed = catchup === 'window' ? window.trim() : catchup;
  return {
    ...rest,
    [kind]: written,
    timezone,
    ...(overlap && { overlap }),
    ...(jitter.trim() && { jitter: jitter.trim() }),
    ...(end && { end }),
    ...(missed && { catchup: missed }),
    ...(grace.trim() && { misfireGrace: grace.trim() }),
    ...(calendar && { calendar: { mode: calendarMode, name: calendar } }),
  };
}
