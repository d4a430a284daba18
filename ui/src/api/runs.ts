import { at, send, write } from './client';
import type { RerunRun, RerunTasks, TaskViews } from './schema';

/** What can be asked of a task before it begins. */
export type TaskOrder = 'hold' | 'release' | 'skip';

/** What belongs to runs of pipelines. */
export const runs = {
  tasks: (id: string) => send<TaskViews>(at`/runs/${id}/tasks`),
  steer: (id: string, task: string, order: TaskOrder) => write<object>('POST', at`/runs/${id}/tasks/${task}/${order}`, {}),
  rerun: (id: string, tasks: RerunTasks) => write<RerunRun>('POST', at`/runs/${id}/rerun`, tasks),
  compensate: (id: string) => write<object>('POST', at`/runs/${id}/compensate`, {}),
  cancel: (id: string, why: { error?: string; cause?: string }) => write<object>('POST', at`/runs/${id}/cancel`, why),
};
