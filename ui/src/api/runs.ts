import { at, send, write } from './client';
import type { TaskViews } from './schema';

/** What can be asked of a task before it begins. */
export type TaskOrder = 'hold' | 'release' | 'skip';

/** What belongs to runs of pipelines. */
export const runs = {
  tasks: (id: string) => send<TaskViews>(at`/runs/${id}/tasks`),
  steer: (id: string, task: string, order: TaskOrder) => write<object>('POST', at`/runs/${id}/tasks/${task}/${order}`, {}),
  cancel: (id: string, why: { error?: string; cause?: string }) => write<object>('POST', at`/runs/${id}/cancel`, why),
};
