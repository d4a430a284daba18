import { t } from '../i18n/text';
import { note } from './reach';
import type { ChosenRuns, Info, RunFacts, RunHistogram, StepFigures, StepPage, WorkflowItem } from './schema';
import type { Page, Refusal, RunEvent, RunItem, RunView } from './types';

/** An answer that is no success. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message);
  }
}

/** Whether nobody answered, or a server that is about to be there. */
export function isAway(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 0 || error.status === 503);
}

/** Tells the server that the request comes from its own page: pages of other sites cannot send it. */
const MARK = { 'x-compasso-console': '1' };

/** A request that changes something. */
export interface Order {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
}

let tellSignedOut = () => {};
let tellDone: (order: Order) => void = () => {};

/** Has `act` done when a request is refused because its session is over. */
export function onSignedOut(act: () => void): void {
  tellSignedOut = act;
}

/** Has `act` told what people changed, once it is done. */
export function onDone(act: (order: Order) => void): void {
  tellDone = act;
}

export async function send<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await answered(path, init);
  return response.status === 204 ? ({} as T) : ((await response.json()) as T);
}

/** Fetches a text as it is: what is read from it would not keep all digits of its numbers. */
export async function fetchText(path: string): Promise<string> {
  return (await answered(path)).text();
}

/** Returns an answer that is a success. */
async function answered(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch {
    note(false);
    throw new RequestError(0, { code: 'Offline', message: t('common.offline') });
  }
  note(true);
  if (response.ok) return response;
  if (response.status === 401 && path !== '/session') tellSignedOut();
  const fallback = { code: `HTTP ${response.status}`, message: response.statusText };
  const refusal = (await response.json().catch(() => fallback)) as Refusal;
  throw new RequestError(response.status, refusal);
}

/** Changes something, as somebody wanted; `told` is what may be told of the body. */
export async function write<T>(method: Order['method'], path: string, body?: unknown, told = body): Promise<T> {
  const answer = await ask<T>(method, path, body);
  tellDone({ method, path, body: told });
  return answer;
}

/** Asks for something with a body: what comes of it, nobody would want to do again by a command. */
export function ask<T>(method: Order['method'], path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', ...MARK };
  return send<T>(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

/** Sends a text of a kind of its own, such as a pipeline in YAML. */
export function writeText<T>(path: string, text: string, type: string): Promise<T> {
  return send<T>(path, { method: 'POST', headers: { 'content-type': type, ...MARK }, body: text });
}

export function query(values: Record<string, string | number | boolean | undefined>): string {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(present.map(([name, value]) => [name, String(value)]));
  return search.size > 0 ? `?${search}` : '';
}

/** Makes a path with names in it, written as names in paths are. */
export function at(texts: TemplateStringsArray, ...names: readonly string[]): string {
  return texts.map((text, index) => text + (index < names.length ? encodeURIComponent(names[index]!) : '')).join('');
}

export interface NewRun {
  workflow: string;
  name?: string;
  input?: string;
  /** The run that it runs again. */
  againOf?: string;
  /** What it is found by, beside its input. */
  labels?: Record<string, string>;
}

export const api = {
  info: () => send<Info>('/info'),
  signIn: (proof: { id: string; secret: string } | { token: string }) => ask<{ account: string }>('POST', '/session', proof),
  signOut: () => ask<object>('DELETE', '/session'),
  workflows: () => send<Page<WorkflowItem>>('/workflows?limit=1000'),
  runs: (filter: ChosenRuns, next?: string) =>
    send<Page<RunItem>>(`/runs${query({ ...filter, limit: 100, next })}`),
  /** Where all runs that a filter finds are written as lines. */
  exportAddress: (filter: ChosenRuns, format: string, columns?: string) => `/api/v1/runs/export${query({ format, ...filter, columns })}`,
  /** What listings do not tell of runs. */
  facts: (ids: readonly string[]) => ask<Page<RunFacts>>('POST', '/runs/facts', { ids }),
  steps: (wanted: ChosenRuns & { state?: string; name?: string; error?: string; longerMs?: number }, next?: string) =>
    send<StepPage>(`/steps${query({ ...wanted, next })}`),
  stepFigures: (workflow: string, runs: number) => send<StepFigures>(`/steps/figures${query({ workflow, runs })}`),
  histogram: (filter: ChosenRuns) => send<RunHistogram>(`/runs/histogram${query({ ...filter })}`),
  view: (id: string) => send<RunView>(at`/runs/${id}`),
  /** Events from one on; with `newestFirst` downwards from it, or from the last one. */
  events: (id: string, first: number | undefined, limit: number, newestFirst?: true) =>
    send<Page<RunEvent, number>>(at`/runs/${id}/events` + query({ first, limit, newestFirst })),
  start: (order: NewRun) => write<{ id: string }>('POST', '/runs', order),
  stop: (id: string, why: { error?: string; cause?: string }) => write<{ at: string }>('POST', at`/runs/${id}/stop`, why),
  redrive: (id: string) => write<{ at: string }>('POST', at`/runs/${id}/redrive`, {}),
};
