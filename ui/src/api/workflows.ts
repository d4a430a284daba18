import { at, query, send } from './client';
import type { WorkflowDiff, WorkflowView } from './schema';

export const workflows = {
  view: (id: string) => send<WorkflowView>(at`/workflows/${id}`),
  diff: (from: string, to: string) => send<WorkflowDiff>(at`/workflows/${from}/diff` + query({ with: to })),
};
