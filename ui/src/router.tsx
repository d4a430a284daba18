import { createRootRoute, createRoute, createRouter, type ErrorRouteComponent, redirect } from '@tanstack/react-router';
import type { AuditFilter } from './api/access';
import type { JobRunState } from './api/jobs';
import type { RunStatus } from './api/types';
import { Frame } from './components/Frame';
import { Broken, lazyPage } from './components/LazyPage';
import { NotFound } from './pages/NotFound';
import { oneOf, present, type Search, text } from './search';
import { type Period, PERIODS } from './state/periods';
import { columnsOf, columnsText, NO_COLUMNS } from './state/columnNames';
import type { ListSearch } from './state/list';
import { STATUSES } from './state/runStatuses';
import { withPeople } from './state/waitingPeople';

/** What the address says of the list of runs. */
export interface RunsSearch {
  status?: RunStatus;
  workflow?: string;
  since?: Since;
  /** Those that failed and nobody dismissed. */
  open?: true;
  /** A query in the language of searches. */
  q?: string;
  /** Columns beside those that are always there, with commas between them; `none`; or, without it, those that have room. */
  columns?: string;
  /** All runs, even for who begins with a view. */
  view?: 'all';
  /** Their steps, instead of themselves. */
  show?: 'steps';
  /** Which steps. */
  state?: StepState;
  step?: string;
  /** The error that they ended with. */
  error?: string;
  longer?: Longer;
  order?: 'longest';
}

/** What steps over runs can be narrowed down to. */
export const STEP_STATES = [
  'failed', 'timed_out', 'approval', 'running', 'retrying', 'waiting', 'queued', 'aborted', 'caught', 'succeeded', 'skipped',
] as const;
export type StepState = (typeof STEP_STATES)[number];

export const LONGER = ['1s', '10s', '1m', '10m', '1h'] as const;
export type Longer = (typeof LONGER)[number];

export const SINCE = ['1h', '24h', '7d'] as const;
export type Since = (typeof SINCE)[number];

/** What of a run its timeline shows: from when to when, in milliseconds since it began. */
export interface TimelineSearch {
  from?: number;
  to?: number;
  idle?: 'folded' | 'shown';
}

/** What the address says of one run. */
export interface RunSearch extends TimelineSearch {
  tab?: RunTab;
  step?: string;
  as?: RunAs;
  /** The list shows the steps with this status alone. */
  only?: string;
  /** The containers that are open, once the reader has opened or folded one. */
  open?: string[];
  /** The generation of a pipeline's run that is looked at, if it is not the last one. */
  generation?: number;
  /** Which iterations, instances or children of the step are listed. */
  items?: string;
  /** Asks to run it again: on the version that its workflow has now, or from the selected step on. */
  again?: 'latest' | 'step';
  /** The event that is looked at. */
  event?: number;
  /** What the events shown have in them. */
  q?: string;
  rows?: EventRows;
  /** The events from the last one on. */
  order?: 'newest';
  /** What the lines of its log have in them, and where they were written to. */
  log?: string;
  stream?: LogStream;
  /** The run that input and output are compared with. */
  with?: string;
}

/** What has a row of its own among the events: the entry of a state, or each of them. */
export const EVENT_ROWS = ['compact', 'all', 'json'] as const;
export type EventRows = (typeof EVENT_ROWS)[number];

/** What a history from a file has not. */
type RunOnly = 'open' | 'generation' | 'items' | 'tab' | 'as' | 'only' | 'again' | 'with' | 'log' | 'stream' | 'order';

/** What the address says of a history from a file. */
export const HISTORY_TABS = ['events', 'timeline'] as const;
export interface HistorySearch extends Omit<RunSearch, RunOnly> {
  tab?: (typeof HISTORY_TABS)[number];
}

export const LOG_STREAMS = ['stdout', 'stderr'] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

export type RunAs = 'graph' | 'list';

export const RUN_TABS = ['graph', 'timeline', 'events', 'logs', 'data', 'definition'] as const;
export type RunTab = (typeof RUN_TABS)[number];

export const PIPELINE_TABS = ['grid', 'graph', 'calendar', 'runs', 'backfills', 'versions', 'triggers', 'metrics', 'code'] as const;
export type PipelineTab = (typeof PIPELINE_TABS)[number];

export const WORKFLOW_TABS = ['runs', 'graph', 'versions', 'triggers', 'metrics', 'definition', 'settings'] as const;
export type WorkflowTab = (typeof WORKFLOW_TABS)[number];

/** What the graph of a workflow shows of the latest runs. */
export const HEATS = ['failures', 'p50', 'p95', 'retries', 'runs'] as const;
export type HeatOf = (typeof HEATS)[number];

/** What the address says of a workflow, or of a pipeline. */
export interface WorkflowSearch<Tab> {
  tab?: Tab;
  heat?: HeatOf;
  step?: string;
  /** Which days the calendar of a pipeline shows. */
  period?: Period;
  date?: string;
  /** Of which while its metrics are. */
  since?: Since;
  /** The backfill that is open. */
  backfill?: string;
  /** The grid is about tasks in this state. */
  only?: string;
  /** The cell of the grid that is looked at: its task and run. */
  cell?: string;
  /** The groups of the grid that are folded, with commas between them. */
  folded?: string;
  /** The versions that are compared. */
  from?: string;
  to?: string;
}

function workflowSearch<Tab extends string>(tabs: readonly Tab[]) {
  return (search: Search): WorkflowSearch<Tab> =>
    present<WorkflowSearch<Tab>>({
      tab: oneOf(tabs, search['tab']),
      heat: oneOf(HEATS, search['heat']),
      step: text(search['step']),
      period: oneOf(PERIODS, search['period']),
      date: text(search['date']),
      since: oneOf(SINCE, search['since']),
      backfill: text(search['backfill']),
      only: text(search['only']), cell: text(search['cell']), folded: text(search['folded']),
      from: text(search['from']), to: text(search['to']),
    });
}

/** What the address says of schedules: the one that is open, or which days are shown. */
export interface SchedulesSearch extends ListSearch {
  of?: string;
  view?: 'calendar';
  period?: Period;
  date?: string;
  /** Those that are late, or at rest. */
  only?: 'late' | 'rest';
}

export type ApprovalsTab = 'open' | 'closed';

/** What the address says of approvals: the one that is open, and which are listed. */
export interface ApprovalsSearch extends ListSearch {
  id?: string;
  tab?: ApprovalsTab;
}

export type SettingsTab = 'tokens' | 'audit';

/** What the address says of settings: the tab, and which records of the audit log. */
export interface SettingsSearch extends AuditFilter {
  tab?: SettingsTab;
}

/** Reads which runs an address, or a saved view, is about. */
export function runsSearch(search: Search): RunsSearch {
  return present<RunsSearch>({
    status: oneOf(STATUSES, search['status']),
    workflow: text(search['workflow']),
    since: oneOf(SINCE, search['since']),
    open: String(search['open']) === 'true' || undefined,
    q: search['waiting'] === 'people' ? withPeople(text(search['q'])) : text(search['q']),
    columns: oneOf([NO_COLUMNS], search['columns']) ?? columnsText(columnsOf(search['columns'])),
    view: oneOf(['all'], search['view']),
    show: oneOf(['steps'], search['show']),
    state: oneOf(STEP_STATES, search['state']),
    step: text(search['step']),
    error: text(search['error']),
    longer: oneOf(LONGER, search['longer']),
    order: oneOf(['longest'], search['order']),
  });
}

function listSearch(search: Search): ListSearch {
  return present<ListSearch>({ q: text(search['q']) || undefined, sort: text(search['sort']) });
}

function eventsSearch(search: Search): Omit<RunSearch, RunOnly> {
  return present({
    step: text(search['step']),
    event: Number(search['event']) || undefined,
    q: text(search['q']),
    rows: oneOf(EVENT_ROWS, search['rows']),
    from: Number(search['from']) || undefined,
    to: Number(search['to']) || undefined,
    idle: oneOf(['folded', 'shown'], search['idle']),
  });
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });
const getParentRoute = () => root;

const home = createRoute({
  getParentRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/overview' });
  },
});

const overview = createRoute({
  getParentRoute,
  path: '/overview',
  component: lazyPage(() => import('./pages/Overview'), 'Overview', 'overview', 'start', 'bulk', 'when', 'metrics'),
});

const runs = createRoute({
  getParentRoute,
  path: '/runs',
  component: lazyPage(() => import('./pages/Runs'), 'Runs', 'runs', 'start', 'bulk', 'histogram'),
  validateSearch: runsSearch,
  // The router keeps what it does not know.
  beforeLoad: ({ search }): void => {
    if ('waiting' in search) throw redirect({ to: '/runs', search: runsSearch(search), replace: true });
  },
});

const jobs = createRoute({
  getParentRoute,
  path: '/jobs',
  component: lazyPage(() => import('./pages/Jobs'), 'Jobs', 'bulk', 'runs'),
});

const job = createRoute({
  getParentRoute,
  path: '/jobs/$id',
  component: lazyPage(() => import('./pages/Job'), 'Job', 'bulk', 'server'),
  validateSearch: (search: Search): { state?: JobRunState } =>
    present<{ state?: JobRunState }>({
      state: oneOf<JobRunState>(['pending', 'done', 'already', 'refused'], search['state']),
    }),
});

const run = createRoute({
  getParentRoute,
  path: '/runs/$id',
  component: lazyPage(() => import('./pages/Run'), 'Run', 'run', 'graph'),
  validateSearch: (search: Search): RunSearch => ({
    ...eventsSearch(search),
    ...present<RunSearch>({
      tab: oneOf(RUN_TABS, search['tab']),
      as: oneOf<RunAs>(['graph', 'list'], search['as']),
      only: text(search['only']),
      open: Array.isArray(search['open']) ? search['open'].map(String) : undefined,
      generation: Number(search['generation']) || undefined,
      items: text(search['items']),
      again: oneOf(['latest', 'step'], search['again']),
      with: text(search['with']),
      log: text(search['log']),
      stream: oneOf(LOG_STREAMS, search['stream']),
      order: oneOf(['newest'], search['order']),
    }),
  }),
});

const history = createRoute({
  getParentRoute,
  path: '/history',
  component: lazyPage(() => import('./pages/History'), 'History', 'history', 'run', 'graph', 'timeline'),
  validateSearch: (search: Search): HistorySearch => ({ ...eventsSearch(search), ...present<HistorySearch>({ tab: oneOf(HISTORY_TABS, search['tab']) }) }),
});

const approvals = createRoute({
  getParentRoute,
  path: '/approvals',
  component: lazyPage(() => import('./pages/Approvals'), 'Approvals', 'approvals'),
  validateSearch: (search: Search): ApprovalsSearch => ({
    ...listSearch(search),
    ...present<ApprovalsSearch>({ id: text(search['id']), tab: oneOf<ApprovalsTab>(['open', 'closed'], search['tab']) }),
  }),
});

const schedules = createRoute({
  getParentRoute,
  path: '/schedules',
  component: lazyPage(() => import('./pages/Schedules'), 'Schedules', 'schedules', 'calendar', 'when'),
  validateSearch: (search: Search): SchedulesSearch => ({
    ...listSearch(search),
    ...present<SchedulesSearch>({
      of: text(search['of']), view: oneOf(['calendar'], search['view']), only: oneOf(['late', 'rest'], search['only']),
      period: oneOf(PERIODS, search['period']), date: text(search['date']),
    }),
  }),
});

const workflows = createRoute({
  getParentRoute,
  path: '/workflows',
  component: lazyPage(() => import('./pages/Workflows'), 'Workflows', 'workflows', 'runs', 'start'),
  validateSearch: listSearch,
});

const workflow = createRoute({
  getParentRoute,
  path: '/workflows/$id',
  component: lazyPage(() => import('./pages/Workflow'), 'Workflow', 'workflows', 'runs', 'aliases', 'when'),
  validateSearch: workflowSearch(WORKFLOW_TABS),
});

const pipelines = createRoute({
  getParentRoute,
  path: '/pipelines',
  component: lazyPage(() => import('./pages/Pipelines'), 'Pipelines', 'pipelines', 'workflows', 'runs'),
  validateSearch: listSearch,
});

const pipeline = createRoute({
  getParentRoute,
  path: '/pipelines/$name',
  component: lazyPage(() => import('./pages/Pipeline'), 'Pipeline', 'pipelines', 'triggers', 'backfills', 'runs', 'aliases', 'when'),
  validateSearch: workflowSearch(PIPELINE_TABS),
});

/** The run that a draft was opened from, and the step that is chosen. */
interface DraftSearch {
  run?: string;
  step?: string;
}

const studio = createRoute({
  getParentRoute,
  path: '/studio',
  component: lazyPage(() => import('./pages/Studio'), 'Studio', 'studio'),
  validateSearch: listSearch,
});

const draft = createRoute({
  getParentRoute,
  path: '/studio/$id',
  component: lazyPage(() => import('./pages/Draft'), 'Draft', 'studio', 'graph'),
  validateSearch: (search: Search): DraftSearch => present<DraftSearch>({ run: text(search['run']), step: text(search['step']) }),
});

const workers = createRoute({
  getParentRoute,
  path: '/workers',
  component: lazyPage(() => import('./pages/Workers'), 'Workers', 'workers', 'metrics'),
  validateSearch: listSearch,
});

const secrets = createRoute({
  getParentRoute,
  path: '/secrets',
  component: lazyPage(() => import('./pages/Secrets'), 'Secrets', 'secrets', 'connections'),
  validateSearch: listSearch,
});

const settings = createRoute({
  getParentRoute,
  path: '/settings',
  component: lazyPage(() => import('./pages/Settings'), 'Settings', 'settings', 'access'),
  validateSearch: (search: Search): SettingsSearch =>
    present<SettingsSearch>({
      tab: oneOf<SettingsTab>(['tokens', 'audit'], search['tab']),
      who: text(search['who']),
      action: text(search['action']),
      on: text(search['on']),
      outcome: oneOf(['done', 'failed', 'refused'], search['outcome']),
      since: oneOf(SINCE, search['since']),
    }),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home, overview, runs, run, history, jobs, job, approvals, schedules, workflows, workflow, pipelines, pipeline, studio, draft, workers, secrets, settings,
  ]),
  pathParamsAllowedCharacters: [':'],
  defaultPreload: false,
  defaultErrorComponent: Broken as ErrorRouteComponent,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
