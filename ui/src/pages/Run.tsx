import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, RequestError } from '../api/client';
import { useStream } from '../api/stream';
import type { Progress, Run as RunOf, RunView } from '../api/types';
import { Problem } from '../components/Problem';
import { Tabs } from '../components/Tabs';
import { compile } from '../graph/compile';
import { RUN_TABS, type RunSearch, type RunTab } from '../router';
import { useKeys } from '../state/keys';
import { firstToSee, isOver, ofRun, WORD } from '../state/status';
import { StepStore } from '../state/stepStore';
import { DataTab } from './run/DataTab';
import { DefinitionTab } from './run/DefinitionTab';
import { EventsTab } from './run/EventsTab';
import { GraphTab } from './run/GraphTab';
import { RunHead } from './run/RunHead';
import '../styles/run.css';

const route = getRouteApi('/runs/$id');
const LABEL: Record<RunTab, string> = {
  graph: 'Graph',
  events: 'Events',
  data: 'Input & output',
  definition: 'Definition',
};
const TABS = RUN_TABS.map((id) => ({ id, label: LABEL[id] }));

/** One run, live. */
export function Run() {
  const { id } = route.useParams();
  const view = useQuery({ queryKey: ['run', id], queryFn: () => api.view(id) });
  if (view.isError) {
    const isMissing = view.error instanceof RequestError && view.error.status === 404;
    return (
      <div className="empty">
        <h1 tabIndex={-1}>{isMissing ? 'There is no such run' : 'The run cannot be shown'}</h1>
        <Problem error={view.error} retry={() => void view.refetch()} />
      </div>
    );
  }
  if (!view.data) return <h1 tabIndex={-1} className="visually-hidden">Run</h1>;
  return <Shown key={id} view={view.data} />;
}

function Shown({ view }: { view: RunView }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { run, store, stepsOmitted, lastEvent } = useProgress(view);
  const graph = useMemo(() => compile(view.definition), [view.definition]);
  const change = useCallback(
    (next: RunSearch) => {
      void navigate({ to: '/runs/$id', params: { id: run.id }, search: { ...search, ...next }, replace: true });
    },
    [navigate, run.id, search],
  );
  // What to look at first is decided once: nothing moves away under the reader's eyes.
  const [first] = useState(() => {
    const leaves = new Set(graph?.nodes.filter((node) => !node.isContainer).map((node) => node.id));
    return firstToSee(view.steps, (state) => leaves.has(state));
  });
  const step = search.step ?? first;
  const tab = search.tab ?? 'graph';
  useTitle(run);
  const walk = (by: 1 | -1) => {
    const next = nextFailed(store, step, by);
    if (next !== undefined) change({ step: next });
  };
  useKeys({
    ...Object.fromEntries(RUN_TABS.map((id, at) => [String(at + 1), () => change({ tab: id })])),
    '[': () => walk(-1),
    ']': () => walk(1),
  });
  const select = useCallback((state: string) => change({ step: state }), [change]);
  return (
    <div className="run">
      <RunHead run={run} store={store} onShowStep={(state) => change({ tab: 'graph', step: state })} />
      {stepsOmitted && (
        <p className="warn">
          This run has more than 200,000 events. Its steps are not told any more: what the graph shows of them is not
          up to date. The tab “Events” has every event.
        </p>
      )}
      <Tabs label="Parts of the run" tabs={TABS} current={tab} onChange={(id) => change({ tab: id })}>
        {tab === 'graph' && (
          <GraphTab
            run={run}
            graph={graph}
            store={store}
            step={step}
            asList={(search.as ?? (isNarrow() ? 'list' : 'graph')) === 'list'}
            onSelect={select}
            onShowAs={(as) => change({ as })}
          />
        )}
        {tab === 'events' && <EventsTab id={run.id} lastEvent={lastEvent} onSelect={(state) => change({ tab: 'graph', step: state })} />}
        {tab === 'data' && <DataTab run={{ ...run, ...dataOf(view.run) }} />}
        {tab === 'definition' && <DefinitionTab text={view.definition} step={step} />}
      </Tabs>
    </div>
  );
}

/** The run and its steps, as the stream brings them. */
function useProgress(view: RunView) {
  const queries = useQueryClient();
  const [store] = useState(() => {
    const store = new StepStore();
    store.apply(view.steps, view.lastEvent);
    return store;
  });
  const [told, setTold] = useState<Progress | null>(null);
  const waiting = useRef<Progress[]>([]);
  useEffect(() => store.apply(view.steps, view.lastEvent), [store, view]);

  const id = view.run.id;
  const refetch = () => void queries.invalidateQueries({ queryKey: ['run', id] });
  const show = () => {
    const all = waiting.current.splice(0);
    const last = all.at(-1);
    if (!last) return;
    for (const progress of all) store.apply(progress.steps, progress.lastEvent);
    setTold(last);
    // Streams carry no data: the output is asked for once.
    if (isOver(last.run.status) && view.run.status !== last.run.status) refetch();
  };
  useStream(`run:${id}`, {
    run: (progress) => {
      waiting.current.push(progress);
      // All that comes before the next frame is drawn in it.
      if (waiting.current.length === 1) requestAnimationFrame(show);
    },
    reset: refetch,
  });
  const isNewer = told !== null && told.lastEvent >= view.lastEvent;
  return {
    store,
    run: isNewer ? told.run : view.run,
    stepsOmitted: (isNewer ? told : view).stepsOmitted === true,
    lastEvent: Math.max(told?.lastEvent ?? 0, view.lastEvent),
  };
}

/** A graph needs room. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 720px)').matches;
}

function dataOf({ input, output }: RunOf): Pick<RunOf, 'input' | 'output'> {
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
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

function useTitle(run: RunOf): void {
  const title = `${WORD[ofRun(run.status)]} · ${run.workflowName} ${run.name} · Compasso`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
