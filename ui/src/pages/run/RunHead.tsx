import { Link } from '@tanstack/react-router';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import type { CompensationView } from '../../api/schema';
import type { Run, StepStatus } from '../../api/types';
import { Status } from '../../components/Glyph';
import { isOfPipeline } from '../../state/arn';
import { between, duration, instant } from '../../state/format';
import { useKeys } from '../../state/keys';
import { useNow } from '../../state/now';
import { firstToSee, isOver, ofRun, WORST_FIRST } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { StopDialog } from './Actions';

interface Props {
  run: Run;
  store: StepStore;
  onShowStep: (state: string) => void;
}

interface HeadProps extends Props {
  /** What else can be done about it. */
  orders: ReactNode;
}

/** What the run is, how it goes, and what can be done about it. */
export function RunHead({ run, store, onShowStep, orders }: HeadProps) {
  const [isStopping, setStopping] = useState(false);
  const isOpen = !isOver(run.status);
  const now = useNow(isOpen);
  useKeys({ s: () => isOpen && setStopping(true) });
  return (
    <header className="run-head">
      <p className="crumbs">
        <Link to="/runs">Runs</Link> /{' '}
        {isOfPipeline(run.workflow) ? (
          <Link to="/pipelines/$name" params={{ name: run.workflowName }}>{run.workflowName}</Link>
        ) : (
          <Link to="/workflows/$id" params={{ id: run.workflow }}>{run.workflowName}</Link>
        )}
      </p>
      <div className="page-head">
        <h1 tabIndex={-1} className="run-title">
          <span className="mono">{run.name}</span>
        </h1>
        <div className="actions">
          <button type="button" disabled={!isOpen} onClick={() => setStopping(true)}>
            Stop…
          </button>
          {orders}
        </div>
      </div>
      <p className="facts">
        <Status status={ofRun(run.status)} />
        <span>{duration(between(run.started, run.stopped, now))}</span>
        <span>
          started <time dateTime={run.started} title={run.started}>{instant(run.started, now)}</time>
        </span>
        {run.redriven && (
          <span>
            {again(run)}
            <time dateTime={run.redriven} title={run.redriven}>{instant(run.redriven, now)}</time>
          </span>
        )}
        {run.compensation && <Compensation {...run.compensation} />}
        {run.isQuarantined && <span className="warn">set aside: the engine could not carry on</span>}
      </p>
      <Counts store={store} />
      {run.status === 'QUEUED' && run.cause && <p className="stale">{run.cause}</p>}
      {run.status !== 'QUEUED' && (run.error ?? run.cause) !== undefined && <Failure run={run} store={store} onShowStep={onShowStep} />}
      {isStopping && <StopDialog id={run.id} onClose={() => setStopping(false)} />}
    </header>
  );
}

/** A run of a pipeline goes on in another generation. */
function again({ workflow, redriveCount }: Run): string {
  if (isOfPipeline(workflow)) return `generation ${redriveCount + 1}, begun `;
  return redriveCount > 1 ? `redriven ${redriveCount} times, last ` : 'redriven ';
}

function Compensation({ state, failed }: CompensationView) {
  if (state === 'compensating') return <Status status="compensating" />;
  if (state === 'complete') return <span>what it did was undone</span>;
  return <span className="warn">undone in part{failed.length > 0 && `: not ${failed.join(', ')}`}</span>;
}

/** How many entries of states have each status. */
function Counts({ store }: { store: StepStore }) {
  useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.version);
  const sums = new Map<StepStatus, number>();
  for (const { counts } of store.all()) {
    for (const [status, count] of Object.entries(counts)) {
      sums.set(status as StepStatus, (sums.get(status as StepStatus) ?? 0) + count);
    }
  }
  const shown = WORST_FIRST.filter((status) => sums.has(status));
  if (shown.length === 0) return null;
  return (
    <ul className="counts" aria-label="Steps by state">
      {shown.map((status) => (
        <li key={status}>
          <b>{sums.get(status)}</b> <Status status={status} />
        </li>
      ))}
    </ul>
  );
}

function Failure({ run, store, onShowStep }: Props) {
  const steps = store.all();
  const containers = new Set(steps.filter(({ kind }) => kind === 'Parallel' || kind === 'Map').map(({ state }) => state));
  const failed = steps.filter(({ status }) => status === 'failed' || status === 'timed_out');
  const state = firstToSee(failed, (name) => !containers.has(name));
  return (
    <section className="failure" aria-label="Failure">
      <p className="problem-code">{run.error ?? 'Error'}</p>
      {run.cause && <p className="cause">{run.cause}</p>}
      {state !== null && (
        <button type="button" className="quiet small" onClick={() => onShowStep(state)}>
          Show “{state}”
        </button>
      )}
    </section>
  );
}
