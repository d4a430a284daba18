import { at } from '../api/client';
import type { MarkTask, RerunTasks } from '../api/schema';
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

export function stopAs(id: string): Equivalent[] {
  return [
    cli('stop', id),
    ...onlyOfMachines(id, aws('stop-execution', '--execution-arn', id)),
    curl('POST', at`/runs/${id}/stop`, {}),
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
  const { failed, all, from = [], tasks: only = [], params = {} } = tasks;
  const words = [
    failed && '--failed',
    all && '--all',
    ...from.flatMap((task) => ['--from', task]),
    ...only.flatMap((task) => ['--task', task]),
    ...Object.entries(params).flatMap(([name, value]) => ['--params', `${name}:=${JSON.stringify(value)}`]),
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
