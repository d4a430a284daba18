import { ask, at, query, send, write } from './client';
import type { ChosenRuns, CreateJob, JobRun, JobView, PlannedJob, SavedView, SavedViews } from './schema';
import type { Page } from './types';

/** Which runs a job is about: those that are named, or all that a listing shows. */
export type JobSubject = { ids: string[] } | { runs: ChosenRuns };

/** What becomes of a run of a job. */
export type JobRunState = JobRun['state'];

export const jobs = {
  list: (next?: string) => send<Page<JobView>>('/jobs' + query({ limit: 100, next })),
  view: (id: string) => send<JobView>(at`/jobs/${id}`),
  runs: (id: string, state: JobRunState | undefined, next?: string) =>
    send<Page<JobRun>>(at`/jobs/${id}/runs` + query({ state, limit: 200, next })),
  plan: (order: CreateJob) => ask<PlannedJob>('POST', '/jobs?dryRun=true', order),
  create: (order: CreateJob) => write<JobView>('POST', '/jobs', order),
  cancel: (id: string) => write<JobView>('POST', at`/jobs/${id}/cancel`, {}),
};

/** Views of the list of runs that people saved. */
export const views = {
  list: () => send<SavedViews>('/views'),
  save: (view: { name: string; search: string; team: boolean }) => write<SavedView>('POST', '/views', view),
  change: (id: string, change: Partial<Pick<SavedView, 'name' | 'search' | 'team' | 'place' | 'isDefault'>>) =>
    write<SavedView>('PUT', at`/views/${id}`, change),
  delete: (id: string) => write<object>('DELETE', at`/views/${id}`),
};
