import { at, query, send, write } from './client';
import type { AliasRoute, PipelineAlias, SetWorkflow, VersionFigures, WorkflowDiff, WorkflowView } from './schema';

/** An alias to be. */
export interface NewAlias {
  routes: AliasRoute[];
  description?: string;
}

export const aliasPath = (id: string, name: string) => at`/workflows/${id}/aliases/${name}`;

export const settingsPath = (id: string) => at`/workflows/${id}/settings`;

export const workflows = {
  view: (id: string) => send<WorkflowView>(at`/workflows/${id}`),
  /** Of a state machine, or of a pipeline. */
  versionFigures: (id: string) => send<VersionFigures>(at`/workflows/${id}/versions/figures`),
  set: (id: string, settings: SetWorkflow) => write<WorkflowView>('PUT', settingsPath(id), settings),
  setAlias: (id: string, name: string, alias: NewAlias) => write<PipelineAlias>('PUT', aliasPath(id, name), alias),
  deleteAlias: (id: string, name: string) => write<object>('DELETE', aliasPath(id, name)),
  diff: (from: string, to: string) => send<WorkflowDiff>(at`/workflows/${from}/diff` + query({ with: to })),
};
