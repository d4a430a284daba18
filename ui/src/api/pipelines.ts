import { ask, at, query, send, write, writeText } from './client';
import type {
  BackfillTickPage, BackfillView, ChangedCells, CreateBackfill, DeliveryView, DescribedPipeline, MarkCells, Paused, PipelineAlias, PipelineAliases, PipelineDiff, PipelineItem,
  PipelineQueue, PipelineSchedules, PipelineTick, PipelineVersions, PlannedBackfill, RerunCells, RunGrid, StartedRun, TriggerPage,
} from './schema';
import type { Page } from './types';
import type { NewAlias } from './workflows';

export const pipelineAliasPath = (name: string, alias: string) => at`/pipelines/${name}/aliases/${alias}`;

export const replayPath = (name: string, trigger: string, delivery: string) => at`/pipelines/${name}/triggers/${trigger}/deliveries/${delivery}/replay`;

/** A run of a pipeline to be. */
export interface NewPipelineRun {
  name?: string;
  params?: object;
  /** Whether all its tasks are held until they are released. */
  hold?: boolean;
  /** What it is found by, beside its params. */
  labels?: Record<string, string>;
}

/** What is done with many tasks of many runs. */
export type CellChange = 'rerun' | 'mark';
type CellOrder = RerunCells | MarkCells;

export const cellsPath = (name: string, kind: CellChange) => at`/pipelines/${name}/grid/${kind}`;

export const pipelines = {
  list: () => send<Page<PipelineItem>>('/pipelines?limit=1000'),
  push: (text: string) => writeText<Page<PipelineItem>>('/pipelines', text, 'application/yaml'),
  view: (name: string) => send<DescribedPipeline>(at`/pipelines/${name}`),
  grid: (name: string, next?: string) => send<RunGrid>(at`/pipelines/${name}/grid` + query({ runs: 48, next })),
  planCells: (name: string, kind: CellChange, order: CellOrder) =>
    ask<ChangedCells>('POST', cellsPath(name, kind) + query({ dryRun: 'true' }), order),
  changeCells: (name: string, kind: CellChange, order: CellOrder) => write<ChangedCells>('POST', cellsPath(name, kind), order),
  queue: (name: string) => send<PipelineQueue>(at`/pipelines/${name}/queue`),
  versions: (name: string) => send<PipelineVersions>(at`/pipelines/${name}/versions`),
  aliases: (name: string) => send<PipelineAliases>(at`/pipelines/${name}/aliases`),
  setAlias: (name: string, alias: string, wanted: NewAlias) => write<PipelineAlias>('PUT', pipelineAliasPath(name, alias), wanted),
  deleteAlias: (name: string, alias: string) => write<object>('DELETE', pipelineAliasPath(name, alias)),
  diff: (name: string, from: number, to: number) =>
    send<PipelineDiff>(at`/pipelines/${name}/diff` + query({ from, to })),
  schedules: (name: string) => send<PipelineSchedules>(at`/pipelines/${name}/schedules`),
  ticks: (name: string, trigger: string, next?: string) =>
    send<Page<PipelineTick>>(at`/pipelines/${name}/ticks` + query({ trigger, next, limit: 100 })),
  triggers: (name: string) => send<TriggerPage>(at`/pipelines/${name}/triggers`),
  deliveries: (name: string, trigger: string, next?: string) =>
    send<Page<DeliveryView>>(at`/pipelines/${name}/triggers/${trigger}/deliveries` + query({ next, limit: 100 })),
  replay: (name: string, trigger: string, delivery: string) => write<DeliveryView>('POST', replayPath(name, trigger, delivery), {}),
  start: (name: string, run: NewPipelineRun) =>
    write<StartedRun>('POST', at`/pipelines/${name}/runs`, run),
  pause: (name: string, reason?: string) => write<Paused>('POST', at`/pipelines/${name}/pause`, reason ? { reason } : {}),
  resume: (name: string, catchUp: boolean) => write<object>('POST', at`/pipelines/${name}/resume`, { catchUp }),
  backfills: (name: string) => send<Page<BackfillView>>(at`/pipelines/${name}/backfills` + query({ limit: 100 })),
  backfill: (name: string, id: string) => send<BackfillView>(at`/pipelines/${name}/backfills/${id}`),
  backfillTicks: (name: string, id: string, next?: string) =>
    send<BackfillTickPage>(at`/pipelines/${name}/backfills/${id}/ticks` + query({ next, limit: 1_000 })),
  planBackfill: (name: string, order: CreateBackfill) =>
    ask<PlannedBackfill>('POST', at`/pipelines/${name}/backfills` + query({ dryRun: 'true' }), order),
  createBackfill: (name: string, order: CreateBackfill) =>
    write<BackfillView>('POST', at`/pipelines/${name}/backfills`, order),
  changeBackfill: (name: string, id: string, change: 'pause' | 'resume' | 'cancel') =>
    write<BackfillView>('POST', at`/pipelines/${name}/backfills/${id}/${change}`, {}),
};
