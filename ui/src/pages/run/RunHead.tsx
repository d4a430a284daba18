import { Link } from '@tanstack/react-router';
import { useState, useSyncExternalStore } from 'react';
import type { Run, StepStatus } from '../../api/types';
import { Status } from '../../components/Glyph';
import { isOfPipeline } from '../../state/arn';
import { between, duration, instant } from '../../state/format';
import { useKeys } from '../../state/keys';
import { useNow } from '../../state/now';
import { firstToSee, isOver, ofRun, WORST_FIRST } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { RedriveDialog, StopDialog } from './Actions';

interface Props {
  run: Run;
  store: StepStore;
  onShowStep: (state: string) => void;
}

/** What the run is, how it goes, and what can be done about it. */
export function RunHead({ run, store, onShowStep }: Props) {
  const [dialog, setDialog] = useState<'stop' | 'redrive' | null>(null);
  const isOpen = !isOver(run.status);
  const canRedrive = run.notRedrivable === undefined;
  const now = useNow(isOpen);
  useKeys({
    s: () => isOpen && setDialog('stop'),
    r: () => canRedrive && setDialog('redrive'),
  });
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
          <button type="button" disabled={!isOpen} onClick={() => setDialog('stop')}>
            Stop…
          </button>
          <button type="button" disabled={!canRedrive} title={run.notRedrivable} onClick={() => setDialog('redrive')}>
            Redrive…
          </button>
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
            redriven {run.redriveCount > 1 && `${run.redriveCount} times, last `}
            <time dateTime={run.redriven} title={run.redriven}>{instant(run.redriven, now)}</time>
          </span>
        )}
        {run.isQuarantined && <span className="warn">set aside: the engine could not carry on</span>}
      </p>
      <Counts store={store} />
      {run.status === 'QUEUED' && run.cause && <p className="stale">{run.cause}</p>}
      {run.status !== 'QUEUED' && (run.error ?? run.cause) !== undefined && <Failure run={run} store={store} onShowStep={onShowStep} />}
      {dialog === 'stop' && <StopDialog id={run.id} onClose={() => setDialog(null)} />}
      {dialog === 'redrive' && <RedriveDialog id={run.id} onClose={() => setDialog(null)} />}
    </header>
  );
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
