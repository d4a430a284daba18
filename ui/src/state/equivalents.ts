import { at, type NewRun, type Order } from '../api/client';
import type { CreateBackfill, MarkTask, RerunTasks } from '../api/schema';
import { type NewPipelineRun, replayPath } from '../api/pipelines';
import type { NewCopy } from '../api/runs';
import { commandsOf, type Equivalent, line } from './commands';
import { labelsIn } from './labels';

const post = (path: string, body?: unknown) => commandsOf({ method: 'POST', path, body });

/** Returns a field of a form as it is sent. */
export function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim();
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], null> };

/** Leaves out what is empty. */
function given<T extends Record<string, unknown>>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== false && value !== null)) as Given<T>;
}

/** Returns what a form says of the run that it starts: its name, its labels, and whether it waits until it is released. */
export function runOf(fields: FormData): Pick<NewPipelineRun, 'name' | 'labels' | 'hold'> {
  return given({ name: textOf(fields, 'name'), labels: labelsIn(textOf(fields, 'labels')), hold: fields.get('hold') !== null });
}

export function startAs(order: NewRun): Equivalent[] {
  return post('/runs', order);
}

export function startPipelineAs(pipeline: string, order: NewPipelineRun): Equivalent[] {
  return post(at`/pipelines/${pipeline}/runs`, order);
}

export function pauseAs(pipeline: string, reason: string): Equivalent[] {
  return post(at`/pipelines/${pipeline}/pause`, given({ reason }));
}

export function resumeAs(pipeline: string, catchUp: boolean): Equivalent[] {
  return post(at`/pipelines/${pipeline}/resume`, { catchUp });
}

export function replayAs(pipeline: string, trigger: string, delivery: string): Equivalent[] {
  return post(replayPath(pipeline, trigger, delivery));
}

export function undoAs(id: string): Equivalent[] {
  return post(at`/runs/${id}/compensate`);
}

/** Stands in a command for a name that is not written yet. */
const NAME = 'NAME';

export function keepSecretAs(name: string): Equivalent[] {
  return commandsOf({ method: 'PUT', path: at`/secrets/${name || NAME}` });
}

export function deleteAs(path: Order['path']): Equivalent[] {
  return commandsOf({ method: 'DELETE', path });
}

export function poolAs(name: string, size: number): Equivalent[] {
  return commandsOf({ method: 'PUT', path: at`/pools/${name}`, body: { size } });
}

export function decideAs(id: string, decision: 'approve' | 'reject', comment: string, form?: object): Equivalent[] {
  return post(at`/approvals/${id}`, { decision, ...given({ comment }), ...(form && { form }) });
}

export function backfillAs(pipeline: string, order: CreateBackfill): Equivalent[] {
  return post(at`/pipelines/${pipeline}/backfills`, order);
}

const FILES = { PIPELINE: '.pipeline.yaml', STANDARD: '.asl.json', EXPRESS: '.express.asl.json' } as const;

/** The text is in a file of the reader's then, which says what it is by its name. */
export function pushAs(name: string, kind: keyof typeof FILES, message: string): Equivalent[] {
  const about = kind === 'PIPELINE' && message !== '' ? ['--description', message] : [];
  return [{ by: 'cli', text: line('compasso', 'push', name + FILES[kind], ...about) }];
}

export function stopAs(id: string, error = '', cause = '', how: 'stop' | 'cancel' = 'stop'): Equivalent[] {
  return post(at`/runs/${id}/${how}`, given({ error, cause }));
}

export function redriveAs(id: string): Equivalent[] {
  return post(at`/runs/${id}/redrive`);
}

export function copyAs(id: string, order: NewCopy): Equivalent[] {
  return post(at`/runs/${id}/copy`, order);
}

export function rerunAs(id: string, tasks: RerunTasks): Equivalent[] {
  return post(at`/runs/${id}/rerun`, tasks);
}

export function markAs(id: string, task: string, mark: MarkTask): Equivalent[] {
  return post(at`/runs/${id}/tasks/${task}/mark`, mark);
}

export function signalAs(id: string, name: string, payload: unknown): Equivalent[] {
  return post(at`/runs/${id}/signals/${name}`, payload);
}
