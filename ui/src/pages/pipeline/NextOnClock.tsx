import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';
import { useNow } from '../../state/now';
import { scheduleWords } from '../../state/scheduleWords';

/** When the clock starts a pipeline next, and by which schedule; nothing if it does not. */
export function NextOnClock({ name }: { name: string }) {
  const schedules = useQuery({ queryKey: ['pipeline', name, 'schedules'], queryFn: () => pipelines.schedules(name) });
  const due = (schedules.data?.items ?? [])
    .filter(({ state, next }) => state === 'active' && next.length > 0)
    .toSorted((a, b) => Date.parse(a.next[0]!) - Date.parse(b.next[0]!))[0];
  const now = useNow(due !== undefined);
  if (!due) return null;
  const left = duration(Math.max(0, Date.parse(due.next[0]!) - now));
  return (
    <Link to="/pipelines/$name" params={{ name }} search={{ tab: 'triggers' }}>
      {t('pipelines.onClock', { when: scheduleWords(due.spec), left })}
    </Link>
  );
}
