import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { api } from '../api/client';
import { useStream } from '../api/stream';
import type { Progress, Run as RunOf, RunItem, RunView } from '../api/types';
import { Skeleton } from '../components/Answer';
import { isNobody, Missing } from '../components/Missing';
import { Problem } from '../components/Problem';
import { compile } from '../graph/compile';
import { t, withTexts } from '../i18n/text';
import { isOfPipeline, runName } from '../state/arn';
import { isOver } from '../state/status';
import { StepStore } from '../state/stepStore';
import { Inspector } from './run/Inspector';
import { MachineOrders } from './run/MachineOrders';
import { RunParts } from './run/RunParts';
import '../styles/run.css';

const PipelineRun = lazy(() => withTexts(import('./run/PipelineRun'), 'steer', 'step').then(({ PipelineRun }) => ({ default: PipelineRun })));
/** The place of a run that waits changes without events. */
const LOOK_MS = 10_000;
const route = getRouteApi('/runs/$id');

/** One run, live. */
export function Run() {
  const { id } = route.useParams();
  const view = useQuery({
    queryKey: ['run', id],
    queryFn: () => api.view(id),
    refetchInterval: ({ state }) => (state.data?.run.status === 'QUEUED' ? LOOK_MS : false),
  });
  if (view.isError && isNobody(view.error)) {
    return (
      <Missing title={t('run.missing')} what={t('run.missingHint', { name: runName(id) })}>
        <Link to="/runs">{t('frame.allRuns')}</Link>
      </Missing>
    );
  }
  if (view.isError) {
    return (
      <div className="empty">
        <h1 tabIndex={-1}>{t('run.cannotShow')}</h1>
        <Problem error={view.error} retry={() => void view.refetch()} />
        <Link to="/runs">{t('frame.allRuns')}</Link>
      </div>
    );
  }
  if (!view.data) return <Coming failure={view.failureReason} />;
  return <Shown key={id} view={view.data} />;
}

/** A run that is not there yet; where the first try failed, and others follow, that is said. */
function Coming({ failure }: { failure?: Error | null }) {
  return (
    <div className="run">
      <h1 tabIndex={-1} className="visually-hidden">{t('run.title')}</h1>
      {failure && <p className="stale" role="status">{failure.message}</p>}
      <Skeleton />
    </div>
  );
}

/** What the run is and how far it is. */
export interface Told extends Pick<RunView, 'run' | 'lastEvent'> {
  stepsOmitted: boolean;
}

function Shown({ view }: { view: RunView }) {
  const { store, told } = useProgress(view);
  const graph = useMemo(() => compile(view.definition), [view.definition]);
  if (isOfPipeline(view.run.workflow)) {
    return (
      <Suspense fallback={<Coming />}>
        <PipelineRun view={view} told={told} />
      </Suspense>
    );
  }
  return (
    <RunParts
      view={view}
      told={told}
      graph={graph}
      store={store}
      orders={(step) => <MachineOrders run={withInput(told.run, view)} graph={graph} store={store} step={step} />}
      inspect={(node) => <Inspector key={node.id} run={told.run} definition={view.definition} node={node} store={store} />}
    />
  );
}

/** What a stream tells of a run is without its data. */
function withInput(run: RunOf, { run: { input } }: RunView): RunOf {
  return { ...run, ...(input !== undefined && { input }) };
}

/** Whether the same is told of a run, but for its data, its steps, and how many events it has. */
function isAlike(before: RunView | Progress, after: Progress): boolean {
  const told = ({ run: { input: _in, output: _out, outputBytes: _bytes, ...run }, stepsOmitted = false }: RunView | Progress) => JSON.stringify([run, stepsOmitted]);
  return told(before) === told(after);
}

/** The run and its steps, as the stream brings them. */
function useProgress(view: RunView): { store: StepStore; told: Told } {
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
  // Tasks of a pipeline are asked for after each event.
  const isOfTasks = isOfPipeline(view.run.workflow);
  const refetch = () => void queries.invalidateQueries({ queryKey: ['run', id] });
  const show = () => {
    const all = waiting.current.splice(0);
    const last = all.at(-1);
    if (!last) return;
    // Steps and head are drawn together: what listens to the store would be drawn before the rest otherwise, and then again.
    flushSync(() => {
      for (const progress of all) store.apply(progress.steps, progress.lastEvent);
      setTold((before) => {
        const shown = before && before.lastEvent >= view.lastEvent ? before : view;
        // Steps are told one by one: the page as a whole is drawn again where the run itself differs.
        return !isOfTasks && isAlike(shown, last) ? before : last;
      });
    });
    // Streams carry no data: the output is asked for once, after each end.
    if (isOver(last.run.status) && view.lastEvent < last.lastEvent) refetch();
  };
  // A run that waits for its turn has no stream of its own yet; that of all runs tells when it begins.
  const isQueued = view.run.status === 'QUEUED';
  useStream(isQueued ? 'runs' : `run:${id}`, {
    ...(isQueued && { runs: (items: RunItem[]) => items.some((item) => item.id === id) && refetch() }),
    run: (progress) => {
      waiting.current.push(progress);
      // All that comes before the next frame is drawn in it.
      if (waiting.current.length === 1) requestAnimationFrame(show);
    },
    reset: refetch,
  });
  // That a run waits to go on is no event: what was told before its last end is older.
  const isNewer = told !== null && (isQueued ? told.lastEvent > view.lastEvent : told.lastEvent >= view.lastEvent);
  const newest = isNewer ? told : view;
  return {
    store,
    told: {
      run: newest.run,
      stepsOmitted: newest.stepsOmitted === true,
      lastEvent: Math.max(told?.lastEvent ?? 0, view.lastEvent),
    },
  };
}
