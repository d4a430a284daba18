import { at, send } from './client';
import type { BlockedTask, TaskViews } from './schema';
import type { Page } from './types';

/** What belongs to runs of pipelines. */
export const runs = {
  tasks: (id: string) => send<TaskViews>(at`/runs/${id}/tasks`),
  blocked: (id: string) => send<Page<BlockedTask>>(at`/runs/${id}/blocked`),
};
