import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, memo, type ReactNode, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { api } from '../../api/client';
import type { CompensationView, ParentRun } from '../../api/schema';
import type { Run, StepStatus } from '../../api/types';
import type { Graph } from '../../graph/compile';
import { CopyButton } from '../../components/CopyButton';
import { Status } from '../../components/Glyph';
import { OpenInStudio } from '../../components/OpenInStudio';
import { rich } from '../../i18n/rich';
import { t, withTexts } from '../../i18n/text';
import { isOfPipeline, runName } from '../../state/arn';
import { amount, between, duration, instant } from '../../state/format';
import { useKeys } from '../../state/keys';
import { useNow } from '../../state/now';
import { versionOf } from '../../state/runVersion';
import { firstToSee, isOver, leavesOf, standOf, standsOf, wordOf } from '../../state/status';
import type { StepStore } from '../../state/stepStore';

const StopDialog = lazy(() => import('./Actions').then(({ StopDialog }) => ({ default: StopDialog })));

/** Changes of a run that come soon after each other give the tab one title. */
const TITLE_MS = 250;
const TRIGGERS = ['manual', 'scheduled', 'backfill', 'event', 'api'] as const;

interface Props {
  run: Run;
  graph: Graph | null;
  store: StepStore;
  onShowStep: (state: string) => void;
}

interface HeadProps extends Props {
  /** What else can be done about it. */
  orders: ReactNode;
  /** Which of its generations is shown. */
  choice?: ReactNode;
}

const Again = lazy(() => withTexts(import('./step/Again'), 'step').then(({ Again }) => ({ default: Again })));
const AtWork = lazy(() => withTexts(import('./step/AtWork'), 'step').then(({ AtWork }) => ({ default: AtWork })));
const Release = lazy(() => withTexts(import('./step/Release'), 'step').then(({ Release }) => ({ default: Release })));

/** What the run is, how it goes, and what can be done about it. */
export function RunHead({ run, graph, store, onShowStep, orders, choice }: HeadProps) {
  const [isStopping, setStopping] = useState(false);
  const isOpen = !isOver(run.status);
  const now = useNow(isOpen);
  const stand = useStand(run, graph, store);
  useTitle(run, stand);
  useKeys({ s: () => isOpen && setStopping(true) });
  return (
    <header className="run-head">
      <p className="crumbs">
        <Link to="/runs">{t('frame.runs')}</Link> /{' '}
        {isOfPipeline(run.workflow) ? (
          <Link to="/pipelines/$name" params={{ name: run.workflowName }}>{run.workflowName}</Link>
        ) : (
          <Link to="/workflows/$id" params={{ id: run.workflow }}>{run.workflowName}</Link>
        )}
      </p>
      <div className="page-head">
        <div className="run-name">
          <h1 tabIndex={-1} className="run-title">
            <span className="mono">{run.name}</span>
          </h1>
          <CopyButton text={run.id} label={t('run.copyArn')} word={t('run.arn')} />
        </div>
        <div className="actions">
          <OpenInStudio of={run.workflow} run={run.id} />
          <button type="button" disabled={!isOpen} onClick={() => setStopping(true)}>
            {t('run.stopAsk')}
          </button>
          {orders}
        </div>
      </div>
      <p className="facts">
        <Status status={stand} />
        <span>{duration(between(run.started, run.stopped, now))}</span>
        <span>{rich('run.started', { time: <Time at={run.started} now={now} /> })}</span>
        <Origin run={run} />
        {run.parent && <span>{startedBy(run.parent)}</span>}
        {run.redriven && <span>{again(run, <Time at={run.redriven} now={now} />)}</span>}
        {run.compensation && <Compensation {...run.compensation} />}
        {run.isQuarantined && (
          <>
            <span className="warn">{t('run.setAside')}</span>
            <Suspense>
              <Release run={run.id} />
            </Suspense>
          </>
        )}
        <Suspense>
          <Again run={run} />
        </Suspense>
      </p>
      <div className="run-stand">
        {graph && <Counts id={run.id} graph={graph} store={store} />}
        {choice}
      </div>
      {run.status === 'QUEUED' && run.cause && <p className="stale">{run.cause}</p>}
      {(run.undoing ?? run.notUndone ?? run.openHooks ?? run.failedHooks) && <Suspense><AtWork run={run} /></Suspense>}
      {run.stoppedBy !== undefined && <p className="hint">{t('run.stoppedBy', { name: run.stoppedBy })}</p>}
      {run.status !== 'QUEUED' && (run.error ?? run.cause) !== undefined && <Failure run={run} graph={graph} store={store} onShowStep={onShowStep} />}
      {isStopping && <Suspense><StopDialog id={run.id} onClose={() => setStopping(false)} /></Suspense>}
    </header>
  );
}

/** How the run stands; a change of its steps that changes nothing of that draws nothing. A container runs while what is in it waits. */
function useStand({ status }: Run, graph: Graph | null, store: StepStore): StepStatus {
  const containers = useMemo(() => new Set(graph?.nodes.filter(({ isContainer }) => isContainer).map(({ id }) => id)), [graph]);
  const stand = () => standOf(status, store.all().filter((step) => step.status !== 'running' || !containers.has(step.state)));
  return useSyncExternalStore((listener) => store.subscribeAll(listener), stand);
}

function useTitle({ workflowName, name }: Run, stand: StepStatus): void {
  const title = `${wordOf(stand)} · ${workflowName} ${name} · Compasso`;
  const isFirst = useRef(true);
  useEffect(() => {
    // To the browser a title is more work than all of a step: a later one comes when what changed is drawn.
    const timer = setTimeout(() => (document.title = title), isFirst.current ? 0 : TITLE_MS);
    isFirst.current = false;
    return () => clearTimeout(timer);
  }, [title]);
}

/** The version that it runs, and what started it, unless that was another run. */
function Origin({ run }: { run: Run }) {
  const { data } = useQuery({ queryKey: ['facts', run.id], queryFn: () => api.facts([run.id]), staleTime: Infinity });
  const trigger = TRIGGERS.find((one) => one === data?.items[0]?.trigger);
  const version = versionOf(run);
  const alias = run.alias?.split(':').at(-1);
  return (
    <>
      {version !== '' && <span>{alias ? t('run.ofAlias', { version, alias }) : t('run.ofVersion', { version })}</span>}
      {trigger && <span>{t(`run.by_${trigger}`)}</span>}
    </>
  );
}

/** The run that has it as a part, and where in that it is. */
function startedBy({ id, state, index }: ParentRun): ReactNode {
  const run = <Link to="/runs/$id" params={{ id }} search={state === undefined ? {} : { step: state }} className="mono">{runName(id)}</Link>;
  if (state === undefined) return rich('run.partOf', { run });
  return index === undefined ? rich('run.itemOf', { run, step: state }) : rich('run.itemAtOf', { run, step: state, index });
}

/** A run of a pipeline goes on in another generation. */
function again({ workflow, redriveCount }: Run, time: ReactNode): ReactNode {
  if (isOfPipeline(workflow)) return rich('run.generation', { number: redriveCount + 1, time });
  return redriveCount > 1 ? rich('run.redrivenTimes', { n: redriveCount, time }) : rich('run.redriven', { time });
}

function Time({ at, now }: { at: string; now: number }) {
  return <time dateTime={at} title={at}>{instant(at, now)}</time>;
}

function Compensation({ state, failed }: CompensationView) {
  if (state === 'compensating') return <Status status="compensating" />;
  if (state === 'complete') return <span>{t('run.undone')}</span>;
  const tasks = failed.join(', ');
  return <span className="warn">{tasks === '' ? t('run.undoneInPart') : t('run.undoneExcept', { tasks })}</span>;
}

/** How many steps stand how; each number shows the steps that it counts. The time that goes by draws none of it. */
const Counts = memo(function Counts({ id, graph, store }: { id: string; graph: Graph; store: StepStore }) {
  useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.version);
  if (store.all().length === 0) return null;
  const counts = standsOf(graph.nodes, (state) => store.get(state)?.status);
  return (
    <ul className="counts" aria-label={t('run.byState')}>
      {counts.map(([status, count]) => (
        <li key={status}>
          <Link to="/runs/$id" params={{ id }} search={{ as: 'list', only: status }} title={t('run.onlyState')}>
            <b>{amount(count)}</b> <Status status={status} />
          </Link>
        </li>
      ))}
    </ul>
  );
});

function Failure({ run, graph, store, onShowStep }: Props) {
  useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.version);
  const leaves = new Set(leavesOf(graph?.nodes ?? []).map(({ id }) => id));
  const failed = store.all().filter(({ status }) => status === 'failed' || status === 'timed_out');
  const state = firstToSee(failed, (name) => leaves.has(name));
  return (
    <section className="failure" aria-label={t('run.failure')}>
      <p className="problem-code">{run.error ?? t('run.error')}</p>
      {run.cause && <p className="cause">{run.cause}</p>}
      {state !== null && (
        <button type="button" className="quiet small" onClick={() => onShowStep(state)}>
          {t('run.show', { step: state })}
        </button>
      )}
    </section>
  );
}
