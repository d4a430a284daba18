import { Link } from '@tanstack/react-router';
import type { Failures, ScheduleView } from '../../api/schema';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { ofRun } from '../../state/status';

/** What went wrong and nobody has put right. */
export function Attention({ failures, schedules }: { failures: readonly Failures[]; schedules: readonly ScheduleView[] }) {
  const troubled = schedules.filter(({ problem, last }) => problem !== undefined || last?.state === 'failed');
  return (
    <section className="block" aria-label={t('overview.attention')}>
      <h2>{t('overview.attention')}</h2>
      {failures.length + troubled.length === 0 && <p className="hint">{t('overview.noFailures')}</p>}
      <ul className="plain-list ruled">
        {failures.map(({ run, error, cause, count }) => (
          <li key={run.id} className="attention">
            <Status status={ofRun(run.status)} />
            <div>
              <p>
                <Link to="/runs/$id" params={{ id: run.id }}>
                  {run.workflowName} <span className="mono">{run.name}</span>
                </Link>
              </p>
              <p className="cut">
                <b className="mono">{error}</b> <span className="hint">{cause}</span>
              </p>
            </div>
            <div className="end">
              <When at={run.stopped} />
              {count > 1 && (
                <Link to="/runs" search={{ workflow: run.workflow, status: 'FAILED', since: '24h' }}>
                  {t('overview.in24h', { n: count })}
                </Link>
              )}
            </div>
          </li>
        ))}
        {troubled.map(({ workflow, workflowName, id, problem, last }) => (
          <li key={`${workflow}/${id}`} className="attention">
            <Status status="failed" word={t('overview.schedule')} />
            <div>
              <p>
                <Link to="/schedules" search={{ of: `${workflow}/${id}` }}>
                  {workflowName} · {id}
                </Link>
              </p>
              <p className="hint">{problem ?? last?.detail}</p>
            </div>
            <div className="end">
              <When at={last?.scheduledAt} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
