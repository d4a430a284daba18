import { ask, at, query, send, write } from './client';
import type {
  Calendars, DismissalView, Dismissals, DismissFailures, EditableSchedule, NewSchedule, Overview, PreviewedSchedule, RestedSchedules, ScheduleChange, ScheduleView, Timeline,
} from './schema';
import type { Page } from './types';

/** When a schedule is due, as it is written. */
export type ScheduleSpec = Record<string, unknown>;

export const operate = {
  overview: () => send<Overview>('/overview'),
  dismissals: () => send<Dismissals>('/dismissals'),
  dismiss: (failures: DismissFailures) => write<DismissalView>('POST', '/dismissals', failures),
  takeDismissalBack: (id: string) => write<object>('DELETE', at`/dismissals/${id}`),
  schedules: () => send<Page<ScheduleView>>('/schedules' + query({ limit: 1_000 })),
  timeline: (from: string, to: string) => send<Timeline>('/schedules/timeline' + query({ from, to })),
  previewSchedule: (name: string, spec: ScheduleSpec) =>
    ask<PreviewedSchedule>('POST', '/schedules/preview', { name, spec }),
  calendars: () => send<Calendars>('/calendars'),
  schedule: (arn: string) => send<EditableSchedule>(at`/schedules/${arn}`),
  createSchedule: (schedule: NewSchedule) => write<EditableSchedule>('POST', '/schedules', schedule),
  changeSchedule: (arn: string, change: ScheduleChange) => write<EditableSchedule>('PUT', at`/schedules/${arn}`, change),
  deleteSchedule: (arn: string) => write<object>('DELETE', at`/schedules/${arn}`),
  pauseSchedules: (ids: readonly string[], why: { reason?: string; until?: string }) =>
    write<RestedSchedules>('POST', '/schedules/pause', { ids, ...why }),
  resumeSchedules: (ids: readonly string[], catchUp: boolean) =>
    write<RestedSchedules>('POST', '/schedules/resume', { ids, catchUp }),
};
