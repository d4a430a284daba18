import { Link } from '@tanstack/react-router';
import type { FailureGroup, ScheduleView } from '../../api/schema';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { FailedRuns } from './FailedRuns';

interface Props {
  failures: readonly FailureGroup[];
  schedules: readonly ScheduleView[];
}

/** What went wrong and nobody has put right. */
export function Attention({ failures, schedules }: Props) {
  const troubled = schedules.filter(({ problem, last }) => problem !== undefined || last?.state === 'failed');
  return (
    <section className="block" aria-label={t('overview.attention')}>
      <h2>{t('overview.attention')}</h2>
      {failures.length + troubled.length === 0 && <p className="hint">{t('overview.noFailures')}</p>}
      <ul className="plain-list ruled">
        {failures.map((group) => (
          <FailedRuns key={group.run.id} group={group} />
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
