import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { approvals } from '../api/approvals';
import { api } from '../api/client';
import { operate } from '../api/operate';
import { platform } from '../api/platform';
import type { Overview as OverviewOf, QueueView, ScheduleView, WorkerView } from '../api/schema';
import { Answer } from '../components/Answer';
import { FirstStart } from '../components/FirstStart';
import { Page } from '../components/Page';
import { t } from '../i18n/text';
import type { RunsSearch } from '../router';
import { amount, duration, percent } from '../state/format';
import { useFresh } from '../state/fresh';
import { SCHEDULES_ONLY } from '../state/scheduleStates';
import { Alerts } from './overview/Alerts';
import { Attention } from './overview/Attention';
import { Charts } from './overview/Charts';
import { Newcomer } from './overview/Newcomer';
import { Next } from './overview/Next';
import { People } from './overview/People';
import '../styles/overview.css';

/** What needs somebody, and how things go. */
export function Overview() {
  const overview = useQuery({ queryKey: ['overview'], queryFn: operate.overview });
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  const asked = useQuery({ queryKey: ['approvals', 'open'], queryFn: () => approvals.list('open') });
  const workers = useQuery({ queryKey: ['workers'], queryFn: platform.workers });
  const queues = useQuery({ queryKey: ['queues'], queryFn: platform.queues });
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  const alerts = useQuery({ queryKey: ['alerts'], queryFn: platform.alerts });
  useFresh(['overview'], ['alerts'], ['schedules'], ['approvals'], ['workers'], ['queues'], ['workflows']);
  return (
    <Page title={t('frame.overview')}>
      <Answer of={overview} what={t('overview.what')}>
        {(shown) =>
          shown.workflows.length === 0 && workflows.data?.items.length === 0 && schedules.data?.items.length === 0 ? (
            <FirstStart />
          ) : (
            <>
              <Figures
                overview={shown}
                schedules={schedules.data?.items ?? []}
                workers={workers.data?.items ?? []}
                queues={queues.data?.items ?? []}
              />
              <Charts overview={shown} />
              <Newcomer overview={shown} />
              <div className="columns">
                <Attention failures={shown.failures} schedules={schedules.data?.items ?? []} dismissed={shown.dismissed} />
                <div className="column">
                  <People items={asked.data?.items ?? []} />
                  <Alerts rules={alerts.data?.items ?? []} />
                  <Next schedules={schedules.data?.items ?? []} />
                </div>
              </div>
            </>
          )
        }
      </Answer>
    </Page>
  );
}

interface FiguresProps {
  overview: OverviewOf;
  schedules: readonly ScheduleView[];
  workers: readonly WorkerView[];
  queues: readonly QueueView[];
}

function Figures({ overview, schedules, workers, queues }: FiguresProps) {
  const { running, ended, durations, durationsBefore: before, isPartial } = overview;
  const share = t('units.percent', { n: 95 });
  const was = (ms: number | undefined) => (ms === undefined ? undefined : t('overview.was', { took: duration(ms) }));
  const total = Object.values(ended).reduce((sum, count) => sum + count, 0);
  const succeeded = ended['SUCCEEDED'] ?? 0;
  const since = queues.flatMap(({ oldest }) => (oldest === undefined ? [] : [Date.parse(oldest)]));
  const oldest = since.length === 0 ? undefined : t('overview.oldest', { age: duration(Math.max(0, Date.now() - Math.min(...since))) });
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);

  return (
    <>
      <dl className="figures">
        <Figure name={t('overview.running')} value={<Link to="/runs" search={{ status: 'RUNNING' }}>{amount(running)}</Link>} />
        <Figure
          name={t('overview.tasksWaiting')}
          value={<Link to="/workers">{amount(waiting)}</Link>}
          note={oldest}
        />
        <Figure
          name={t('overview.ended')}
          value={<Link to="/runs" search={{ since: '24h' }}>{isPartial ? t('overview.atLeast', { n: total }) : amount(total)}</Link>}
        />
        <Figure name={t('overview.well')} value={<Link to="/runs" search={{ status: 'SUCCEEDED', since: '24h' }}>{percent(succeeded, total)}</Link>} />
        <Figure name={t('overview.failed')} value={<Link to="/runs" search={{ status: 'FAILED', since: '24h' }}>{amount(ended['FAILED'] ?? 0)}</Link>} />
        <Figure
          name={t('overview.half')}
          value={durations ? <Link to="/runs" search={slowest(durations.p50Ms)}>{duration(durations.p50Ms)}</Link> : '–'}
          note={was(before?.p50Ms)}
        />
        <Figure
          name={t('overview.most', { share })}
          value={durations ? <Link to="/runs" search={slowest(durations.p95Ms)}>{duration(durations.p95Ms)}</Link> : '–'}
          note={was(before?.p95Ms)}
        />
        {(['late', 'rest'] as const).map((only) => (
          <Figure
            key={only}
            name={t(`overview.${only}`)}
            value={<Link to="/schedules" search={{ only }}>{schedules.filter(SCHEDULES_ONLY[only]).length}</Link>}
            note={t('overview.of', { n: schedules.length })}
          />
        ))}
        <Figure
          name={t('overview.workers')}
          value={<Link to="/workers">{workers.filter(({ state }) => state !== 'gone').length}</Link>}
          note={t('overview.of', { n: workers.length })}
        />
      </dl>
      {isPartial && <p className="hint">{t('overview.partial')}</p>}
    </>
  );
}

/** The runs of the last day that took so long, or longer. */
function slowest(ms: number): RunsSearch {
  return { status: 'SUCCEEDED', since: '24h', q: `duration >= ${ms}ms` };
}

function Figure({ name, value, note }: { name: string; value: ReactNode; note?: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <span className="hint">{note}</span>}
      </dd>
    </div>
  );
}
