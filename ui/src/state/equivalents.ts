import { at } from '../api/client';
import type { CreateBackfill, MarkTask, RerunTasks } from '../api/schema';
import { isOfPipeline } from './arn';

/** What a button does, as a command for a terminal. */
export interface Equivalent {
  by: 'cli' | 'aws' | 'curl';
  text: string;
}

/** Writes a word so that a shell takes it as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function line(...words: (string | undefined | false)[]): string {
  return words.filter((word) => typeof word === 'string').map(quoted).join(' ');
}

/** Writes a request to this server, as `curl` sends it. */
export function curl(method: string, path: string, body: unknown): Equivalent {
  const method_ = method === 'POST' ? [] : ['-X', method];
  return { by: 'curl', text: line('curl', ...method_, `${location.origin}/api/v1${path}`, '--json', JSON.stringify(body)) };
}

function aws(action: string, ...words: (string | undefined)[]): Equivalent {
  return { by: 'aws', text: line('aws', 'stepfunctions', action, ...words, '--endpoint-url', location.origin) };
}

const cli = (...words: (string | undefined | false)[]): Equivalent => ({ by: 'cli', text: line('compasso', ...words) });

/** Of what is not AWS's, the AWS CLI has no command. */
const onlyOfMachines = (id: string, equivalent: Equivalent): Equivalent[] => (isOfPipeline(id) ? [] : [equivalent]);

/** Returns a field of a form as it is sent. */
export function textOf(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim();
}

/** An option with its value, if it has one. */
const option = (name: string, value: string | undefined) => (value ? [name, value] : []);

export function startAs(workflow: string, name: string, input: string): Equivalent[] {
  const named = name === '' ? {} : { name };
  return [
    cli('start', workflow, '--input', input, ...option('--name', name)),
    aws('start-execution', '--state-machine-arn', workflow, '--input', input, ...option('--name', name)),
    curl('POST', '/runs', { workflow, input, ...named }),
  ];
}

const params = (values: object) => Object.entries(values).flatMap(([name, value]) => ['--params', `${name}:=${JSON.stringify(value)}`]);

export function startPipelineAs(pipeline: string, name: string, values: object, hold: boolean): Equivalent[] {
  const run = { ...(name !== '' && { name }), ...(hold && { hold }), params: values };
  return [
    cli('start', pipeline, ...params(values), ...option('--name', name), hold && '--hold'),
    curl('POST', at`/pipelines/${pipeline}/runs`, run),
  ];
}

export function pauseAs(pipeline: string, reason: string): Equivalent[] {
  return [cli('pause', pipeline, ...option('--reason', reason)), curl('POST', at`/pipelines/${pipeline}/pause`, reason ? { reason } : {})];
}

export function resumeAs(pipeline: string, catchUp: boolean): Equivalent[] {
  return [cli('resume', pipeline, catchUp && '--catch-up'), curl('POST', at`/pipelines/${pipeline}/resume`, { catchUp })];
}

export function undoAs(id: string): Equivalent[] {
  return [cli('compensate', id), curl('POST', at`/runs/${id}/compensate`, {})];
}

/** A value comes from standard input: it stays out of the history of the shell. */
export function keepSecretAs(name: string): Equivalent[] {
  return name === '' ? [] : [cli('secrets', 'set', name)];
}

export function deleteSecretAs(name: string): Equivalent[] {
  return [cli('secrets', 'delete', name), curl('DELETE', at`/secrets/${name}`, {})];
}

export function poolAs(name: string, size: number): Equivalent[] {
  return [cli('pools', 'set', name, String(size)), curl('PUT', at`/pools/${name}`, { size })];
}

export function rejectAs(id: string, comment: string): Equivalent[] {
  const decision = { decision: 'reject', ...(comment && { comment }) };
  return [cli('approvals', 'reject', id, ...option('--comment', comment)), curl('POST', at`/approvals/${id}`, decision)];
}

export function backfillAs(pipeline: string, order: CreateBackfill): Equivalent[] {
  const { from, to, trigger, order: first, reprocess, maxActive } = order;
  const words = [
    ...option('--from', from),
    ...option('--to', to),
    ...option('--trigger', trigger),
    ...option('--order', first),
    ...option('--reprocess', reprocess),
    ...option('--max-active', maxActive === undefined ? undefined : String(maxActive)),
  ];
  return [cli('backfill', pipeline, ...words), curl('POST', at`/pipelines/${pipeline}/backfills`, order)];
}

export function stopAs(id: string, error = '', cause = ''): Equivalent[] {
  const why = { ...(error && { error }), ...(cause && { cause }) };
  const words = [...option('--error', error), ...option('--cause', cause)];
  return [
    cli('stop', id, ...words),
    ...onlyOfMachines(id, aws('stop-execution', '--execution-arn', id, ...words)),
    curl('POST', at`/runs/${id}/stop`, why),
  ];
}

export function redriveAs(id: string): Equivalent[] {
  return [
    cli('redrive', id),
    ...onlyOfMachines(id, aws('redrive-execution', '--execution-arn', id)),
    curl('POST', at`/runs/${id}/redrive`, {}),
  ];
}

export function rerunAs(id: string, tasks: RerunTasks): Equivalent[] {
  const { failed, all, from = [], tasks: only = [], params: values = {} } = tasks;
  const words = [
    failed && '--failed',
    all && '--all',
    ...from.flatMap((task) => ['--from', task]),
    ...only.flatMap((task) => ['--task', task]),
    ...params(values),
  ];
  return [cli('rerun', id, ...words), curl('POST', at`/runs/${id}/rerun`, tasks)];
}

export function markAs(id: string, task: string, mark: MarkTask): Equivalent[] {
  const output = mark.output === undefined ? [] : ['--output', JSON.stringify(mark.output)];
  const reason = mark.reason ? ['--reason', mark.reason] : [];
  return [cli('mark', id, task, mark.state, ...output, ...reason), curl('POST', at`/runs/${id}/tasks/${task}/mark`, mark)];
}

export function signalAs(id: string, name: string, payload: unknown): Equivalent[] {
  const data = payload === undefined ? [] : ['--payload', JSON.stringify(payload)];
  return [cli('signal', id, name, ...data), curl('POST', at`/runs/${id}/signals/${name}`, payload ?? {})];
}
