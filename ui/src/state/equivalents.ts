import { at, type Order } from '../api/client';
import type { CreateBackfill, MarkTask, RerunTasks } from '../api/schema';
import { replayPath } from '../api/pipelines';
import { commandsOf, type Equivalent, line } from './commands';

const post = (path: string, body?: unknown) => commandsOf({ method: 'POST', path, body });

/** Returns a field of a form as it is sent. */
export function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim();
}

/** Whether a form says that the run waits until it is released. */
export const isHeld = (fields: FormData) => fields.get('hold') !== null;

/** Leaves out what is empty. */
function given<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== false)) as Partial<T>;
}

export function startAs(workflow: string, name: string, input: string, againOf?: string): Equivalent[] {
  return post('/runs', { workflow, input, ...given({ name }), ...(againOf !== undefined && { againOf }) });
}

export function startPipelineAs(pipeline: string, name: string, params: object, hold: boolean): Equivalent[] {
  return post(at`/pipelines/${pipeline}/runs`, { ...given({ name, hold }), params });
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

export function copyAs(id: string, state: string, name: string, input: string): Equivalent[] {
  return post(at`/runs/${id}/copy`, { state, input, ...given({ name }) });
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
