import { Link } from '@tanstack/react-router';
import type { FailureGroup, ScheduleView } from '../../api/schema';
import { Dismissed } from '../../components/Dismissed';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { FailedRuns } from './FailedRuns';

interface Props {
  failures: readonly FailureGroup[];
  schedules: readonly ScheduleView[];
  /** How many failures of the same time were dismissed. */
  dismissed: number;
}

/** What went wrong and nobody has put right. */
export function Attention({ failures, schedules, dismissed }: Props) {
  const troubled = schedules.filter(({ problem, last }) => problem !== undefined || last?.state === 'failed');
  return (
    <section className="block" aria-label={t('overview.attention')}>
      <h2>{t('overview.attention')}</h2>
      {failures.length + troubled.length === 0 && <p className="hint">{dismissed > 0 ? t('overview.allDismissed') : t('overview.noFailures')}</p>}
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
      {dismissed > 0 && <Dismissed />}
    </section>
  );
}
