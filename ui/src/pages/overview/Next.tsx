import { Link } from '@tanstack/react-router';
import type { ScheduleView } from '../../api/schema';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';
import { scheduleWords } from '../../state/scheduleWords';
import { useNow } from '../../state/now';

const SHOWN = 8;

/** What the clock starts next. */
export function Next({ schedules }: { schedules: readonly ScheduleView[] }) {
  const now = useNow(schedules.length > 0);
  const due = schedules
    .filter(({ state, next }) => state === 'active' && next.length > 0)
    .toSorted((a, b) => Date.parse(a.next[0]!) - Date.parse(b.next[0]!))
    .slice(0, SHOWN);
  return (
    <section className="block" aria-label={t('overview.next')}>
      <h2>{t('overview.next')}</h2>
      {due.length === 0 && <p className="hint">{t('overview.noNext')}</p>}
      <ul className="plain-list ruled">
        {due.map(({ workflow, workflowName, id, next, spec }) => (
          <li key={`${workflow}/${id}`} className="line">
            <When at={next[0]} now={now} />
            <Link to="/schedules" search={{ of: `${workflow}/${id}` }} className="cut">
              {workflowName}
            </Link>
            <span className="hint cut">{scheduleWords(spec)}</span>
            <span className="mono">{t('overview.in', { duration: duration(Math.max(0, Date.parse(next[0]!) - now)) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
