import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { TaskView } from '../api/schema';
import type { StepStatus } from '../api/types';
import { t } from '../i18n/text';
import { runName } from '../state/arn';
import { between, duration } from '../state/format';
import { useNow } from '../state/now';
import { ofTask } from '../state/status';
import { endOf } from '../state/taskSteps';
import { Status } from './Glyph';
import { When } from './When';

interface Props {
  task: TaskView;
  /** How it stands, if that is more than its state. */
  status?: StepStatus;
  children?: ReactNode;
}

/** How a task of a pipeline's run went. */
export function TaskFacts({ task, status = ofTask(task.state), children }: Props) {
  const { state, attempts, started, ended, until, error, cause, instances, generation, child, degraded, cached, marked } = task;
  const isUnderWay = started !== undefined && ended === undefined;
  const now = useNow(isUnderWay);
  const isOvercome = state !== 'failed' && state !== 'upstream_failed';
  return (
    <>
      <p className="facts">
        <Status status={status} />
        {started && <span>{duration(between(started, endOf(task), now))}</span>}
      </p>
      {marked && (
        <p className="hint">
          {t('common.marked', { by: marked.by ?? '–' })} <When at={marked.at} />
          {marked.reason && `: ${marked.reason}`}
        </p>
      )}
      {error !== undefined && (
        <section className={isOvercome ? 'failure overcome' : 'failure'} aria-label={t('common.error')}>
          {isOvercome && <p className="hint">{t('common.earlierAttempt')}</p>}
          <p className="problem-code">{error}</p>
          {cause && <p className="cause">{cause}</p>}
        </section>
      )}
      {degraded && <p className="hint">{t('common.degraded')}</p>}
      {cached && <p className="hint">{t('common.cached')}</p>}
      {children}
      <dl className="facts-list">
        {started && <Fact name={t('common.began')}><When at={started} now={now} /></Fact>}
        {ended && <Fact name={t('common.ended')}><When at={ended} now={now} /></Fact>}
        {until && (
          <Fact name={state === 'retrying' ? t('common.nextAttempt') : t('common.goesOn')}>
            <When at={until} now={now} />
          </Fact>
        )}
        {/* Those of instances are theirs. */}
        {attempts > 1 && !instances && <Fact name={t('common.attempts')}>{attempts}</Fact>}
        {child !== undefined && (
          <Fact name={t('common.itsRun')}>
            <Link to="/runs/$id" params={{ id: child }} className="mono break">{runName(child)}</Link>
          </Fact>
        )}
        {generation !== undefined && <Fact name={t('common.generation')}>{generation}</Fact>}
        {instances && (
          <Fact name={t('common.instances')}>
            {t('common.instanceCounts', { ...instances })}
          </Fact>
        )}
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
