import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type ComponentProps, lazy, type ReactNode, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { Run, RunView } from '../../api/types';
import { Tabs } from '../../components/Tabs';
import type { Graph, GraphNode } from '../../graph/compile';
import { t, withTexts } from '../../i18n/text';
import { RUN_TABS, type RunSearch, type TimelineSearch } from '../../router';
import { isOfPipeline } from '../../state/arn';
import { useKeys } from '../../state/keys';
import type { Piece } from '../../state/pieces';
import { firstToSee, leavesOf, WORST_FIRST } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import type { Told } from '../Run';
import { GraphTab } from './GraphTab';
import { RunHead } from './RunHead';

const TimelineTab = lazy(() => withTexts(import('./TimelineTab'), 'timeline').then(({ TimelineTab }) => ({ default: TimelineTab })));
const EventsTab = lazy(() => import('./EventsTab').then(({ EventsTab }) => ({ default: EventsTab })));
const LogsTab = lazy(() => withTexts(import('./log/LogsTab'), 'logs').then(({ LogsTab }) => ({ default: LogsTab })));
const DataTab = lazy(() => withTexts(import('./DataTab'), 'data', 'step').then(({ DataTab }) => ({ default: DataTab })));
const DefinitionTab = lazy(() => import('./DefinitionTab').then(({ DefinitionTab }) => ({ default: DefinitionTab })));

const route = getRouteApi('/runs/$id');
/** So many events are told as steps; the server tells no more. */
const EVENTS_TOLD = 200_000;

interface Props {
  view: RunView;
  told: Told;
  graph: Graph | null;
  store: StepStore;
  inspect: (node: GraphNode) => ReactNode;
  /** What can be done about the run beside stopping it; told which step is selected. */
  orders: (step: string | null) => ReactNode;
  /** Which of its generations is shown. */
  choice?: ReactNode;
  /** What its tasks did when, if that is told with them. */
  pieces?: ReadonlyMap<string, readonly Piece[]>;
}

/** The head of a run and its tabs. The same step is selected in all of them. */
export function RunParts({ view, told, graph, store, inspect, orders, choice, pieces }: Props) {
  const { run, stepsOmitted, lastEvent } = told;
  const search = route.useSearch();
  const navigate = useNavigate();
  const change = useCallback(
    (next: RunSearch) => {
      void navigate({ to: '/runs/$id', params: { id: run.id }, search: { ...search, ...next }, replace: true });
    },
    [navigate, run.id, search],
  );
  const first = useFirstStep(run, graph, store);
  const step = search.step ?? first;
  const tab = search.tab ?? 'graph';
  const ofTasks = isOfPipeline(run.workflow);
  // An event that the address names may be any.
  const rows = search.rows ?? (ofTasks && search.event === undefined ? 'compact' : 'all');
  const walk = (by: 1 | -1) => {
    const next = nextFailed(store, step, by);
    if (next !== undefined) change({ step: next });
  };
  const leave = () => {
    const { step: _, ...rest } = search;
    void navigate({ to: '/runs/$id', params: { id: run.id }, search: rest, replace: true });
  };
  useKeys({
    // The step that the run was opened at is looked at again.
    ...(search.step !== undefined && { Escape: leave }),
    l: () => change({ tab: 'logs' }),
    '[': () => walk(-1),
    ']': () => walk(1),
  });
  const put = (next: RunSearch) => void navigate({ to: '/runs/$id', params: { id: run.id }, search: next, replace: true });
  const filterEvents = (text: string) => {
    const { q: _, ...rest } = search;
    put(text === '' ? rest : { ...rest, q: text });
  };
  const viewTimeline = (view: TimelineSearch) => {
    const { from: _from, to: _to, idle: _idle, ...rest } = search;
    put({ ...rest, ...view });
  };
  const showAll = () => {
    const { only: _, ...rest } = search;
    put(rest);
  };
  const compare = (other: string) => {
    const { with: _, ...rest } = search;
    put(other === '' ? rest : { ...rest, with: other });
  };
  const select = useCallback((state: string) => change({ step: state }), [change]);
  const keepOpen = useCallback((open: readonly string[]) => change({ open: [...open] }), [change]);
  const show = (state: string) => change({ tab: 'graph', step: state });
  return (
    <div className="run">
      <RunHead run={run} graph={graph} store={store} onShowStep={show} orders={orders(step)} choice={choice} />
      {stepsOmitted && (
        <p className="warn">
          {t('run.omitted', { n: EVENTS_TOLD })}
        </p>
      )}
      <Tabs label={t('run.parts')} tabs={RUN_TABS.map((id) => ({ id, label: t(`run.tab_${id}`) }))} current={tab} onChange={(id) => change({ tab: id })}>
        <Suspense fallback={null}>
          {tab === 'graph' && (
            <GraphTab
              graph={graph}
              store={store}
              step={step}
              asList={(search.as ?? (isNarrow() ? 'list' : 'graph')) === 'list'}
              onSelect={select}
              onShowAs={(as) => change({ as })}
              only={WORST_FIRST.find((status) => status === search.only)}
              onShowAll={showAll}
              opened={search.open}
              onOpened={keepOpen}
              inspect={inspect}
            />
          )}
          {tab === 'timeline' && (
            <TimelineTab run={run} store={store} step={step} onSelect={show} view={timelineOf(search)} onView={viewTimeline} pieces={pieces} />
          )}
          {tab === 'events' && (
            <LiveEvents
              store={store}
              id={run.id}
              began={run.started}
              lastEvent={lastEvent}
              event={search.event}
              onOpen={(event) => change({ event, rows })}
              rows={rows}
              ofTasks={ofTasks}
              onRows={(rows) => change({ rows })}
              order={search.order}
              onOrder={(order) => put(withoutOrder(search, order))}
              filter={search.q ?? ''}
              onFilter={filterEvents}
              onSelect={show}
              stepOf={(state) => store.get(state)}
            />
          )}
          {tab === 'logs' && <LogsTab run={run} steps={graph?.nodes ?? []} />}
          {tab === 'data' && <DataTab run={{ ...run, ...dataOf(view.run) }} other={search.with} onCompare={compare} />}
          {tab === 'definition' && <DefinitionTab text={view.definition} step={step} isPipeline={ofTasks} />}
        </Suspense>
      </Tabs>
    </div>
  );
}

/** The events, as they come. */
function LiveEvents({ store, lastEvent, ...shown }: ComponentProps<typeof EventsTab> & { store: StepStore }) {
  const latest = useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.lastEvent);
  return <EventsTab {...shown} lastEvent={Math.max(lastEvent, latest)} />;
}

/**
 * What to look at before anything was chosen. It is decided once, so that nothing moves away under the reader's eyes; but
 * a run that fails meanwhile shows where.
 */
function useFirstStep(run: Run, graph: Graph | null, store: StepStore): string | null {
  const look = () => {
    const leaves = new Set(leavesOf(graph?.nodes ?? []).map(({ id }) => id));
    return firstToSee(store.all(), (state) => leaves.has(state));
  };
  const [first, setFirst] = useState(look);
  const hasFailed = run.status === 'FAILED' || run.status === 'TIMED_OUT';
  const failed = useSyncExternalStore(
    (listener) => store.subscribeAll(listener),
    () => hasFailed && store.all().some(({ status }) => status === 'failed' || status === 'timed_out'),
  );
  useEffect(() => {
    if (failed) setFirst(look());
  }, [failed]);
  return first;
}

function withoutOrder(search: RunSearch, order: RunSearch['order']): RunSearch {
  const { order: _, ...rest } = search;
  return { ...rest, ...(order && { order }) };
}

function timelineOf({ from, to, idle }: RunSearch): TimelineSearch {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...(idle && { idle }) };
}

/** A graph needs room. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 720px)').matches;
}

function dataOf({ input, output, outputBytes }: Run): Pick<Run, 'input' | 'output' | 'outputBytes'> {
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }), ...(outputBytes !== undefined && { outputBytes }) };
}

function nextFailed(store: StepStore, from: string | null, by: 1 | -1): string | undefined {
  const failed = store
    .all()
    .filter(({ status }) => status === 'failed' || status === 'timed_out')
    .toSorted((a, b) => a.entryEvent - b.entryEvent)
    .map(({ state }) => state);
  const at = from === null ? -1 : failed.indexOf(from);
  return failed[(at + by + failed.length) % failed.length];
}
