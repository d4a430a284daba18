import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import type { RunStatus } from './api/types';
import { Frame } from './components/Frame';
import { NotFound } from './pages/NotFound';
import { STATUSES } from './state/status';

/** What the address says of the list of runs. */
export interface RunsSearch {
  status?: RunStatus;
  workflow?: string;
  since?: Since;
  /** A query in the language of searches. */
  q?: string;
}

export const SINCE = { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days' } as const;
export type Since = keyof typeof SINCE;

/** What the address says of one run. */
export interface RunSearch {
  tab?: RunTab;
  step?: string;
  as?: RunAs;
}

export type RunAs = 'graph' | 'list';

export const RUN_TABS = ['graph', 'events', 'data', 'definition'] as const;
export type RunTab = (typeof RUN_TABS)[number];

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

/** Leaves out what is not there, so that addresses stay short. */
function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/runs' });
  },
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  component: lazyRouteComponent(() => import('./pages/Runs'), 'Runs'),
  validateSearch: (search: Record<string, unknown>): RunsSearch =>
    present<RunsSearch>({
      status: oneOf(STATUSES, search['status']),
      workflow: typeof search['workflow'] === 'string' ? search['workflow'] : undefined,
      since: oneOf(Object.keys(SINCE) as Since[], search['since']),
      q: search['q'] === undefined ? undefined : String(search['q']),
    }),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('./pages/Run'), 'Run'),
  validateSearch: (search: Record<string, unknown>): RunSearch =>
    present<RunSearch>({
      tab: oneOf(RUN_TABS, search['tab']),
      step: search['step'] === undefined ? undefined : String(search['step']),
      as: oneOf<RunAs>(['graph', 'list'], search['as']),
    }),
});

export const router = createRouter({
  routeTree: root.addChildren([home, runs, run]),
  pathParamsAllowedCharacters: [':'],
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
