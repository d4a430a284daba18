import { at, fetchText, query, send, write } from './client';
import type {
  ArtifactViews, MapChild, MapRunView, InstanceFailure, InstanceFailures, InstanceView, MarkTask, RerunRun, RerunTasks, TaskViews } from './schema';
import type { Page } from './types';

/** What can be asked of a task before it begins. */
export type TaskOrder = 'hold' | 'release' | 'skip';

/** How instances failed that are asked for. */
export type Alike = Pick<InstanceFailure, 'step' | 'error' | 'cause'>;

/** A run to be that begins at a state of another one. */
export interface NewCopy {
  state: string;
  name?: string;
  input?: string;
}

/** What belongs to single runs. */
export const runs = {
  /** Where the output of a run stands that is too large to come with it. */
  outputAddress: (id: string) => `/api/v1${at`/runs/${id}/output`}`,
  output: (id: string) => fetchText(at`/runs/${id}/output`),
  mapRun: (id: string) => send<MapRunView>(at`/map-runs/${id}`),
  mapChildren: (id: string, status: string | undefined, next?: string) =>
    send<Page<MapChild>>(at`/map-runs/${id}/runs` + query({ status, limit: 100, next })),
  tasks: (id: string, generation?: number) => send<TaskViews>(at`/runs/${id}/tasks` + query({ generation })),
  artifacts: (id: string) => send<ArtifactViews>(at`/runs/${id}/artifacts`),
  artifactAddress: (sha256: string) => `/api/v1${at`/artifacts/${sha256}`}`,
  release: (id: string) => write<object>('POST', at`/runs/${id}/quarantine/release`, {}),
  steer: (id: string, task: string, order: TaskOrder) => write<object>('POST', at`/runs/${id}/tasks/${task}/${order}`, {}),
  steerAll: (id: string, order: 'hold' | 'release') => write<object>('POST', at`/runs/${id}/${order}`, {}),
  rerun: (id: string, tasks: RerunTasks) => write<RerunRun>('POST', at`/runs/${id}/rerun`, tasks),
  instances: (id: string, task: string, wanted: Alike & { state?: string }, next?: string) =>
    send<Page<InstanceView>>(at`/runs/${id}/tasks/${task}/instances` + query({ ...wanted, limit: 100, next })),
  failures: (id: string, task: string) => send<InstanceFailures>(at`/runs/${id}/tasks/${task}/failures`),
  copy: (id: string, order: NewCopy) => write<{ id: string }>('POST', at`/runs/${id}/copy`, order),
  mark: (id: string, task: string, mark: MarkTask) => write<object>('POST', at`/runs/${id}/tasks/${task}/mark`, mark),
  signal: (id: string, name: string, payload: unknown) => write<object>('POST', at`/runs/${id}/signals/${name}`, payload),
  compensate: (id: string) => write<object>('POST', at`/runs/${id}/compensate`, {}),
  cancel: (id: string, why: { error?: string; cause?: string }) => write<object>('POST', at`/runs/${id}/cancel`, why),
};
