import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client';
import type { Overview, RunBar } from '../../api/schema';
import { DurationLines } from '../../components/metrics/DurationLines';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';
import { startedFrom } from '../../state/since';
import { type OutcomeBar, OutcomeBars } from './OutcomeBars';
import '../../styles/metrics.css';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** As many as the server counts one by one. */
const MINUTES = 59;

/** How many runs there were, minute by minute and hour by hour, and how long they took. */
export function Charts({ overview: { hours, waits } }: { overview: Overview }) {
  const minutes = useQuery({
    queryKey: ['histogram', 'minutes'],
    queryFn: () => api.histogram({ startedFrom: new Date(firstMinute()).toISOString() }),
    refetchInterval: MINUTE_MS / 4,
  });
  const day = useQuery({
    queryKey: ['histogram', 'day'],
    queryFn: () => api.histogram({ startedFrom: startedFrom('24h') }),
    refetchInterval: MINUTE_MS,
  });
  const share = t('units.percent', { n: 95 });
  return (
    <div className="charts">
      <OutcomeBars title={t('overview.minutes')} bars={byMinute(minutes.data?.items ?? [])} stepMs={MINUTE_MS} by="started" from={t('overview.hourAgo')} />
      <OutcomeBars title={t('overview.hours')} bars={hours} stepMs={HOUR_MS} by="stopped" from={t('overview.dayAgo')} />
      <section className="durations" aria-label={t('overview.durations')}>
        <p className="hint"><Link to="/runs" search={{ since: '24h', status: 'SUCCEEDED' }}>{t('overview.durations')}</Link></p>
        {day.data && <DurationLines bars={day.data.items} waits={waits} />}
        {waits && <p className="hint">{t('overview.queued', { half: duration(waits.p50Ms), share, most: duration(waits.p95Ms) })}</p>}
      </section>
    </div>
  );
}

function firstMinute(): number {
  return (Math.floor(Date.now() / MINUTE_MS) - MINUTES + 1) * MINUTE_MS;
}

/** Returns a bar for each minute up to now. Those of the server may be shorter, and begin with the first run. */
function byMinute(bars: readonly RunBar[]): OutcomeBar[] {
  const first = firstMinute();
  const minutes = Array.from({ length: MINUTES }, (_, at) => ({ at: new Date(first + at * MINUTE_MS).toISOString(), succeeded: 0, failed: 0 }));
  for (const { at, succeeded, failed } of bars) {
    const minute = minutes[Math.floor((Date.parse(at) - first) / MINUTE_MS)];
    if (!minute) continue;
    minute.succeeded += succeeded;
    minute.failed += failed;
  }
  return minutes;
}
