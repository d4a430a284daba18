import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { api } from '../../api/client';
import type { Run, Step, StepStatus } from '../../api/types';
import { StepState } from '../../components/StepState';
import { JsonView } from '../../components/JsonView';
import { type GraphNode, writtenError } from '../../graph/compile';
import { rich } from '../../i18n/rich';
import { localeTag, t, withTexts } from '../../i18n/text';
import { runName } from '../../state/arn';
import { between, duration, instant } from '../../state/format';
import { useNow } from '../../state/now';
import { iterationCounts, wordOf } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { useStep } from '../../state/useStep';

/** Tables are more than most runs need. */
const Instances = lazy(() => withTexts(import('./Instances'), 'steer').then(({ Instances }) => ({ default: Instances })));

const MapRun = lazy(() => withTexts(import('./MapRun'), 'mapRun').then(({ MapRun }) => ({ default: MapRun })));

const SourceText = lazy(() => import('./SourceText').then(({ SourceText }) => ({ default: SourceText })));

const MoreOfState = lazy(() => withTexts(import('./step/MoreOfState'), 'step').then(({ MoreOfState }) => ({ default: MoreOfState })));

interface Props {
  run: Run;
  /** The text that it runs. */
  definition: string;
  node: GraphNode;
  store: StepStore;
}

/** How one step went, with its data. */
export function Inspector({ run, definition, node, store }: Props) {
  const runId = run.id;
  const step = useStep(store, node.id);
  const now = useNow(step !== undefined && step.left === undefined);
  return (
    <aside className="inspector" aria-label={t('run.stepOf', { name: node.id })}>
      <header>
        <h2>{node.id}</h2>
        <p className="facts">
          <StepState step={step} node={node} />
          {step && <span>{duration(between(step.entered, step.left, now))}</span>}
          <span>{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
        </p>
      </header>
      {step && <ErrorOf step={{ ...step, ...errorOf(step, node, store) }} />}
      {step && <Facts step={step} now={now} />}
      {step?.mapRun !== undefined && (
        <Suspense>
          <MapRun key={step.mapRun} id={step.mapRun} />
        </Suspense>
      )}
      {step && node.kind === 'Map' && step.mapRun === undefined && (
        <Suspense>
          <Instances
            key={node.id}
            run={runId}
            id={node.id}
            isState
            haveFailed={step.status === 'failed' || step.status === 'caught'}
            counts={step.iterations && iterationCounts(step.iterations, step.left !== undefined)}
            isOver={step.left !== undefined}
          />
        </Suspense>
      )}
      <Suspense>
        <MoreOfState run={run} step={step} node={node} />
      </Suspense>
      {step && <DataOf runId={runId} step={step} />}
      <Suspense>
        <SourceText title={t('run.state')} definition={definition} node={node} isPipeline={false} />
      </Suspense>
    </aside>
  );
}

/** A Fail has its error from the definition; what it made of its input is told by what failed around it. */
function errorOf(step: Step, node: GraphNode, store: StepStore): Pick<Step, 'error' | 'cause'> {
  if (node.kind !== 'Fail' || step.error !== undefined) return {};
  const { error, cause } = writtenError(node) ?? (node.parent === null ? undefined : store.get(node.parent)) ?? {};
  return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
}

/** An error that a retry got over is told as such. */
function ErrorOf({ step }: { step: Step }) {
  if (step.error === undefined) return null;
  const isOvercome = !['failed', 'timed_out', 'caught'].includes(step.status);
  return (
    <section className={isOvercome ? 'failure overcome' : 'failure'} aria-label={t('run.error')}>
      {isOvercome && <p className="hint">{t('common.earlierAttempt')}</p>}
      <p className="problem-code">{step.error}</p>
      {step.cause && <p className="cause">{step.cause}</p>}
    </section>
  );
}

function Facts({ step, now }: { step: Step; now: number }) {
  const entries = Object.entries(step.counts) as [StepStatus, number][];
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  return (
    <dl className="facts-list">
      <div>
        <dt>{t('run.entered')}</dt>
        <dd>
          <time dateTime={step.entered} title={step.entered}>{instant(step.entered, now)}</time>
        </dd>
      </div>
      {step.until && (
        <div>
          <dt>{step.status === 'retrying' ? t('common.nextAttempt') : t('common.goesOn')}</dt>
          <dd>
            <Until at={step.until} now={now} />
          </dd>
        </div>
      )}
      {step.attempts > 1 && (
        <div>
          <dt>{t('common.attempts')}</dt>
          <dd>{step.attempts}</dd>
        </div>
      )}
      {total > 1 && (
        <div>
          <dt>{t('run.entries')}</dt>
          <dd>{entries.map(([status, n]) => t('run.entry', { n, status: wordOf(status).toLocaleLowerCase(localeTag()) })).join(', ')}</dd>
        </div>
      )}
      {step.child && (
        <div>
          <dt>{t('common.itsRun')}</dt>
          <dd>
            <Link to="/runs/$id" params={{ id: step.child }} className="mono break">{runName(step.child)}</Link>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Until({ at, now }: { at: string; now: number }) {
  const time = <time dateTime={at} title={at}>{instant(at, now)}</time>;
  const left = Date.parse(at) - now;
  return left > 0 ? rich('run.untilIn', { time, duration: duration(left) }) : time;
}

/** Input and output stand in the events of the latest entry and exit. */
function DataOf({ runId, step }: { runId: string; step: Step }) {
  const entry = useEvent(runId, step.entryEvent);
  const exit = useEvent(runId, step.exitEvent);
  const [input, output] = [entry?.details['input'], exit?.details['output']];
  const assigned = exit?.details['assignedVariables'];
  return (
    <>
      {typeof input === 'string' && <JsonView title={t('run.input')} text={input} />}
      {typeof output === 'string' && <JsonView title={t('run.output')} text={output} />}
      {typeof assigned === 'object' && assigned !== null && (
        <JsonView title={t('run.variables')} text={variables(assigned as Record<string, string>)} />
      )}
    </>
  );
}

function useEvent(runId: string, event: number | undefined) {
  const page = useQuery({
    queryKey: ['event', runId, event],
    queryFn: () => api.events(runId, event!, 1),
    enabled: event !== undefined,
  });
  return event === undefined ? undefined : page.data?.items[0];
}

/** Each variable is JSON text already. */
function variables(assigned: Record<string, string>): string {
  return `{${Object.entries(assigned).map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
