import type { Order } from '../api/client';
import type { ConnectionSpecification, CreateBackfill, MarkTask, NewSchedule, RerunTasks } from '../api/schema';
import { isOfPipeline } from './arn';

/** What a button does, as a command for a terminal; without a text, there is none for what was asked. */
export interface Equivalent {
  by: 'cli' | 'aws' | 'curl';
  text: string | null;
}

type Word = string | undefined | false;
/** What follows `compasso`, and `aws stepfunctions`. Without `curl`, nobody should write the request out. */
interface Words {
  cli?: readonly Word[] | undefined;
  aws?: readonly Word[] | null | undefined;
  curl?: false;
}
/** Says which commands do what a request does: by the names in its path, and by its body. */
type Route = (names: readonly string[], body: Fields) => Words;
/** What bodies have in them: each route knows its own. */
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = any;

/** Writes a word so that a shell takes it as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Writes a command; words that are none are left out. */
export function line(...words: readonly Word[]): string {
  return words.filter((word) => typeof word === 'string').map(quoted).join(' ');
}

/** The body of a request that has none. */
const NOTHING = {};

/** An option with its value, if it has one. */
const option = (name: string, value: string | number | undefined) => (value === undefined || value === '' ? [] : [name, String(value)]);
const params = (values: object = {}) => Object.entries(values).flatMap(([name, value]) => ['--params', `${name}:=${JSON.stringify(value)}`]);
const labels = (values: object = {}) => Object.entries(values).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
const json = (name: string, value: unknown) => (value === undefined ? [] : [name, JSON.stringify(value)]);
const schedule = (arn: string) => arn.split(':').at(-1)?.split('/').at(-1);

/** The command for schedules names one of a state machine; those of pipelines rest with their pipelines. */
function rest(verb: string, { ids, until }: { ids: string[]; until?: string }, ...more: readonly Word[]): Words {
  const hasCommand = ids.length === 1 && until === undefined && !isOfPipeline(ids[0]!);
  return { cli: hasCommand ? ['schedules', verb, schedule(ids[0]!), ...more] : undefined };
}

const because = ({ error, cause }: { error?: string; cause?: string }) => [...option('--error', error), ...option('--cause', cause)];

function rerun(id: string, { failed, all, new: isNew, version, from = [], tasks = [], params: values }: RerunTasks): Words {
  const named = [...from.flatMap((task) => ['--from', task]), ...tasks.flatMap((task) => ['--task', task])];
  return { cli: ['rerun', id, failed && '--failed', all && '--all', isNew && '--new', ...option('--version', version), ...named, ...params(values)] };
}

function backfill(pipeline: string, { from, to, trigger, order, reprocess, maxActive }: CreateBackfill): Words {
  const range = [...option('--from', from), ...option('--to', to), ...option('--trigger', trigger)];
  const how = [...option('--order', order), ...option('--reprocess', reprocess), ...option('--max-active', maxActive)];
  return { cli: ['backfill', pipeline, ...range, ...how] };
}

function aboutSchedule({ spec, input, description }: Partial<NewSchedule>) {
  return [...json('--spec', spec), ...option('--input', input), ...option('--description', description)];
}

/** What is secret comes from standard input: it stays out of the history of the shell. */
const SECRET = ['--secret-file', '-'];

function connection(verb: string, name: string, { AuthParameters: how = {}, Description }: ConnectionSpecification): Words {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = how;
  const proof = [
    ...option('--basic', basic?.Username),
    ...option('--api-key', key?.ApiKeyName),
    ...option('--oauth', oauth?.ClientParameters?.ClientID),
    ...option('--token-url', oauth?.AuthorizationEndpoint),
    ...option('--token-method', oauth?.HttpMethod),
  ];
  return { cli: ['connections', verb, name, ...proof, ...SECRET, ...option('--description', Description)], curl: false };
}

const ROUTES: Record<string, Route> = {
  'POST /runs': (_, { workflow, name, input, labels: own }) => ({
    cli: ['start', workflow, '--input', input, ...option('--name', name), ...labels(own)],
    aws: own ? null : ['start-execution', '--state-machine-arn', workflow, '--input', input, ...option('--name', name)],
  }),
  'POST /pipelines/*/runs': ([pipeline], { params: values, name, hold, labels: own }) => ({
    cli: ['start', pipeline, ...params(values), ...option('--name', name), hold && '--hold', ...labels(own)],
  }),
  'POST /pipelines/*/triggers/*/deliveries/*/replay': (names) => ({ cli: ['triggers', 'replay', ...names] }),
  'POST /pipelines/*/pause': ([pipeline], { reason }) => ({ cli: ['pause', pipeline, ...option('--reason', reason)] }),
  'POST /pipelines/*/resume': ([pipeline], { catchUp }) => ({ cli: ['resume', pipeline, catchUp && '--catch-up'] }),
  'POST /pipelines/*/backfills': ([pipeline], order) => backfill(pipeline!, order),
  'POST /pipelines/*/backfills/*/*': ([pipeline, id, verb]) => ({ cli: ['backfills', verb, pipeline, id] }),
  'POST /runs/*/stop': ([id], why) => ({
    cli: ['stop', id, ...because(why)],
    aws: ['stop-execution', '--execution-arn', id, ...because(why)],
  }),
  'POST /runs/*/cancel': ([id], why) => ({ cli: ['stop', id, ...because(why), '--cancel'] }),
  'POST /runs/*/redrive': ([id]) => ({ cli: ['redrive', id], aws: ['redrive-execution', '--execution-arn', id] }),
  'POST /runs/*/copy': ([id], { state, input, name }) => ({
    cli: ['copy', id, '--from', state, ...option('--input', input), ...option('--name', name)],
  }),
  'POST /runs/*/rerun': ([id], tasks) => rerun(id!, tasks),
  'POST /runs/*/compensate': ([id]) => ({ cli: ['compensate', id] }),
  'POST /runs/*/hold': ([id]) => ({ cli: ['hold', id] }),
  'POST /runs/*/release': ([id]) => ({ cli: ['release', id] }),
  'POST /runs/*/signals/*': ([id, name], payload) => ({ cli: ['signal', id, name, ...json('--payload', payload === NOTHING ? undefined : payload)] }),
  'POST /runs/*/tasks/*/mark': ([id, task], { state, output, reason }: MarkTask) => ({
    cli: ['mark', id, task, state, ...json('--output', output), ...option('--reason', reason)],
  }),
  'POST /runs/*/tasks/*/*': ([id, task, order]) => ({ cli: [order, id, task] }),
  'POST /approvals/*': ([id], { decision, comment, form }) => ({
    cli: ['approvals', decision, id, ...option('--comment', comment), ...json('--form', form)],
  }),
  'PUT /secrets/*': ([name]) => ({ cli: ['secrets', 'set', name], curl: false }),
  'DELETE /secrets/*': ([name]) => ({ cli: ['secrets', 'delete', name] }),
  'PUT /pools/*': ([name], { size }) => ({ cli: ['pools', 'set', name, String(size)] }),
  'DELETE /pools/*': ([name]) => ({ cli: ['pools', 'delete', name] }),
  'POST /connections': (_, order) => connection('create', order.Name, order),
  'PUT /connections/*': ([name], change) => connection('update', name!, change),
  'DELETE /connections/*': ([name]) => ({ cli: ['connections', 'delete', name] }),
  'POST /tokens': (_, { name, role, user, groups = [], expires }) => ({
    cli: ['tokens', 'create', name, '--role', role, ...option('--user', user), ...option('--groups', groups.join(',')), ...option('--expires', expires)],
  }),
  'DELETE /tokens/*': ([name]) => ({ cli: ['tokens', 'revoke', name] }),
  'POST /schedules': (_, order) => ({ cli: ['schedules', 'create', order.name, order.workflow, ...aboutSchedule(order)] }),
  'PUT /schedules/*': ([arn], change) => ({ cli: ['schedules', 'update', schedule(arn!), ...aboutSchedule(change)] }),
  'DELETE /schedules/*': ([arn]) => ({ cli: ['schedules', 'delete', schedule(arn!)] }),
  'POST /schedules/pause': (_, { reason, ...of }) => rest('pause', of, ...option('--reason', reason)),
  'POST /schedules/resume': (_, { catchUp, ...of }) => rest('resume', of, catchUp && '--catch-up'),
};

/** Returns the names in a path that stand where a pattern has stars; `null` if it has another form. */
function namesIn(path: string, pattern: string): string[] | null {
  const [parts, wanted] = [path.split('/'), pattern.split('/')];
  if (parts.length !== wanted.length) return null;
  if (!wanted.every((part, at) => part === '*' || part === parts[at])) return null;
  return parts.filter((_, at) => wanted[at] === '*').map(decodeURIComponent);
}

function wordsOf({ method, path, body }: Order): Words {
  for (const [route, write] of Object.entries(ROUTES)) {
    const [verb, pattern] = route.split(' ');
    const names = verb === method ? namesIn(path, pattern!) : null;
    if (names) return write(names, body ?? NOTHING);
  }
  return {};
}

/** Writes a request to this server, as `curl` sends it. */
function curl({ method, path, body = {} }: Order): string {
  const how = method === 'POST' ? [] : ['-X', method];
  return line('curl', ...how, `${location.origin}/api/v1${path}`, '--json', JSON.stringify(body));
}

/** Returns what a request does as commands: of Compasso, of AWS where it has one, and for curl. */
export function commandsOf(order: Order): Equivalent[] {
  const { cli, aws, curl: isWritten = true } = wordsOf(order);
  const isOfAws = aws && !aws.some((word) => typeof word === 'string' && isOfPipeline(word));
  return [
    ...(cli ? [{ by: 'cli' as const, text: line('compasso', ...cli) }] : []),
    ...(aws === null ? [{ by: 'aws' as const, text: null }] : []),
    ...(isOfAws ? [{ by: 'aws' as const, text: line('aws', 'stepfunctions', ...aws, '--endpoint-url', location.origin) }] : []),
    ...(isWritten ? [{ by: 'curl' as const, text: curl(order) }] : []),
  ];
}
