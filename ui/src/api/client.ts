import type { Info, Page, Refusal, RunEvent, RunItem, RunStatus, RunView, Workflow } from './types';

/** An answer that is no success. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message);
  }}

/** Tells the server that the request comes from its own page: pages of other sites cannot send it. */
const MARK = { 'x-compasso-console': '1' };

let tellSignedOut = () => {};

/** Has `act` done when a request is refused because its session is over. */
export function onSignedOut(act: () => void): void {
  tellSignedOut = act;
}

async function send<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch {
    throw new RequestError(0, { code: 'Offline', message: 'The server does not answer.' });
  }
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401 && path !== '/session') tellSignedOut();
  const fallback = { code: `HTTP ${response.status}`, message: response.statusText };
  const refusal = (await response.json().catch(() => fallback)) as Refusal;
  throw new RequestError(response.status, refusal);
}

function write<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json', ...MARK };
  return send<T>(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

function query(values: Record<string, string | number | undefined>): string {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(present.map(([name, value]) => [name, String(value)]));
  return search.size > 0 ? `?${search}` : '';
}

const run = (id: string) => `/runs/${encodeURIComponent(id)}`;

export interface RunsFilter {
  status?: RunStatus | undefined;
  workflow?: string | undefined;
  startedFrom?: string | undefined;
  q?: string | undefined;
}

export interface NewRun {
  workflow: string;
  name?: string;
  input?: string;
}

export const api = {
  info: () => send<Info>('/info'),
  signIn: (id: string, secret: string) => write<{ account: string }>('POST', '/session', { id, secret }),
  signOut: () => write<object>('DELETE', '/session'),
  workflows: () => send<Page<Workflow>>('/workflows?limit=1000'),
  runs: (filter: RunsFilter, next?: string) =>
    send<Page<RunItem>>(`/runs${query({ ...filter, limit: 100, next })}`),
  view: (id: string) => send<RunView>(run(id)),
  events: (id: string, first: number, limit: number) =>
    send<Page<RunEvent, number>>(`${run(id)}/events${query({ first, limit })}`),
  start: (order: NewRun) => write<{ id: string }>('POST', '/runs', order),
  stop: (id: string, why: { error?: string; cause?: string }) => write<{ at: string }>('POST', `${run(id)}/stop`, why),
  redrive: (id: string) => write<{ at: string }>('POST', `${run(id)}/redrive`, {}),
};
