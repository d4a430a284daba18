import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { operate } from '../../api/operate';
import type { ScheduleView, TickState } from '../../api/schema';
import type { Column } from '../../components/DataTable';
import { FilterField } from '../../components/FilterField';
import { Status } from '../../components/Glyph';
import { ListTable } from '../../components/ListTable';
import { Split } from '../../components/Split';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';
import { useFresh } from '../../state/fresh';
import { useKeys } from '../../state/keys';
import { useList } from '../../state/list';
import { useMarks } from '../../state/marks';
import { OVERLAPS } from '../../state/scheduleDraft';
import { SCHEDULES_ONLY } from '../../state/scheduleStates';
import { scheduleWords, zoneOf } from '../../state/scheduleWords';
import { sorted } from '../../state/sorting';
import { ownZone } from '../../state/zone';
import { SLIM } from '../runs/RunsTable';
import { zoned } from './NextTicks';
import { RestBar } from './RestBar';
import { Schedule } from './Schedule';
import { TickSign } from './TickSign';

const route = getRouteApi('/schedules');

const keyOf = ({ workflow, id }: ScheduleView) => `${workflow}/${id}`;

const textsOf = ({ workflowName, id, spec }: ScheduleView) => [workflowName, id, scheduleWords(spec), cronOf(spec)];
/** The words say a cron that they cannot tell as it is written. */
const cronOf = ({ cron }: ScheduleView['spec']) => (typeof cron === 'string' ? cron : undefined);

/** Beside an open schedule there is less room. */
function columns(missed: Missed, isBeside: boolean): readonly Column<ScheduleView>[] {
  const when: Column<ScheduleView> = {
    name: t('schedules.when'),
    width: 'minmax(140px, 2fr)',
    className: 'cut',
    isWide: true,
    cell: ({ spec }) => (
      <>
        {scheduleWords(spec)} <span className="hint mono">{cronOf(spec)}</span>
      </>
    ),
  };
  const overlap: Column<ScheduleView> = {
    name: t('schedules.overlap'),
    width: 'minmax(70px, 120px)',
    className: 'cut',
    isWide: true,
    sort: { by: 'overlap', of: ({ spec }) => overlapWord(spec) },
    cell: ({ spec }) => overlapWord(spec),
  };
  const counts: readonly Column<ScheduleView>[] = [
    {
      name: t('schedules.missed'),
      width: '84px',
      className: 'number',
      isWide: true,
      sort: { by: 'missed', of: ({ arn }) => missed.get(arn) ?? 0 },
      cell: ({ arn }) => missed.get(arn) ?? 0,
    },
    { name: t('schedules.runs'), width: '60px', className: 'number', isWide: true, sort: { by: 'runs', of: ({ runs }) => runs }, cell: ({ runs }) => runs },
  ];
  return [
    { name: t('schedules.state'), width: 'minmax(64px, 112px)', ...SLIM, sort: { by: 'state', of: ({ state }) => state }, cell: (schedule) => <ScheduleSign of={schedule} /> },
    {
      name: t('schedules.workflow'),
      width: 'minmax(80px, 1.2fr)',
      className: 'cut',
      sort: { by: 'workflow', of: ({ workflowName, id }) => `${workflowName} ${id}` },
      cell: (schedule) => <Name of={schedule} />,
    },
    ...(isBeside ? [] : [when]),
    {
      name: t('schedules.next'),
      width: 'minmax(76px, 220px)',
      narrow: 'minmax(152px, 1fr)',
      className: 'cut',
      sort: { by: 'next', of: ({ state, next }) => (state === 'active' && next[0] ? Date.parse(next[0]) : undefined) },
      cell: (schedule, now) => <Next of={schedule} now={now} />,
    },
    {
      name: t('schedules.last'),
      width: 'minmax(100px, 160px)',
      className: 'cut',
      isWide: true,
      sort: { by: 'last', of: ({ last }) => last && Date.parse(last.scheduledAt) },
      cell: (schedule, now) => <Last of={schedule} now={now} />,
    },
    ...(isBeside ? [] : [overlap, ...counts]),
  ];
}

/** What happens while another run is under way; a word of a newer server is shown as it is. */
function overlapWord({ overlap }: ScheduleView['spec']): string {
  if (overlap === undefined) return t('schedules.overlapUsual');
  const known = OVERLAPS.find((one) => one === overlap);
  return known ? t(`calendar.overlap_${known}`) : String(overlap);
}

/** How many ticks of a day did not become runs, by the ARNs of schedules. */
type Missed = ReadonlyMap<string, number>;

const DAY_MS = 86_400_000;
const NO_RUN: readonly (TickState | undefined)[] = ['skipped', 'dropped', 'failed'];

/** Asks for the ticks of all schedules at once. */
function useMissed(): Missed {
  const timeline = useQuery({
    queryKey: ['timeline', 'day'],
    queryFn: () => operate.timeline(new Date(Date.now() - DAY_MS).toISOString(), new Date().toISOString()),
  });
  useFresh(['timeline', 'day']);
  const lanes = timeline.data?.items ?? [];
  return new Map(lanes.map(({ arn, ticks }) => [arn, ticks.filter(({ state }) => NO_RUN.includes(state)).length]));
}

/**
 * The next time: the reader's, and how far it is; that of the schedule's zone, if it is another, for who points at it or hears the page. An open
 * schedule shows both.
 */
function Next({ of: { next, state, spec }, now }: { of: ScheduleView; now: number }) {
  if (state !== 'active' || !next[0]) return <span className="hint">–</span>;
  const left = duration(Math.max(0, Date.parse(next[0]) - now));
  const there = zoneOf(spec) === ownZone() ? undefined : zoned(next[0], zoneOf(spec));
  return (
    <>
      <When at={next[0]} now={now} /> <span className="hint" title={there}>{t('schedules.in', { duration: left })}</span>
      {there && <span className="visually-hidden"> {there}</span>}
    </>
  );
}

function Last({ of: { last }, now }: { of: ScheduleView; now: number }) {
  if (!last) return <span className="hint">{t('schedules.noneYet')}</span>;
  return (
    <>
      <TickSign tick={last} /> <When at={last.scheduledAt} now={now} />
    </>
  );
}

function ScheduleSign({ of }: { of: ScheduleView }) {
  if (of.problem !== undefined) return <Status status="failed" word={t('schedules.broken')} />;
  if (of.state === 'paused') return <Status status="blocked" word={t('schedules.paused')} />;
  if (of.state === 'ended') return <Status status="aborted" word={t('schedules.ended')} />;
  return of.active > 0 ? <Status status="running" /> : <Status status="not_reached" word={t('schedules.active')} />;
}

function Name({ of }: { of: ScheduleView }) {
  const navigate = useNavigate({ from: '/schedules' });
  const open = () => void navigate({ search: (before) => ({ ...before, of: keyOf(of) }) });
  return (
    <button type="button" className="row-link" onClick={open}>
      {of.workflowName} <span className="hint">{of.id}</span>
    </button>
  );
}

/** Schedules in rows, and the one that is open beside them. */
export function ScheduleList({ items: all }: { items: readonly ScheduleView[] }) {
  const { of, ...search } = route.useSearch();
  const { only } = search;
  const items = useMemo(() => (only ? all.filter(SCHEDULES_ONLY[only]) : all), [all, only]);
  const navigate = useNavigate();
  const list = useList();
  const missed = useMissed();
  const open = (schedule: ScheduleView | undefined) =>
    void navigate({ to: '/schedules', search: schedule ? { ...search, of: keyOf(schedule) } : search, replace: true });
  const chosen = items.find((schedule) => keyOf(schedule) === of);
  const shown = columns(missed, chosen !== undefined);
  const { q, sort } = list;
  // In the order in which they stand: a range is marked by what is seen between its ends.
  const seen = sorted(items.filter((schedule) => list.fits(...textsOf(schedule))), shown, sort).map(keyOf);
  const marks = useMarks(useMemo(() => seen, [items, q, sort]));
  useKeys(chosen && marks.keys.size === 0 ? { Escape: () => open(undefined) } : {});
  const arnOf = (key: string) => items.find((schedule) => keyOf(schedule) === key)?.arn ?? key;
  return (
    <div className="stack">
      <FilterField list={list} />
      {only && (
        <p>
          {t(`schedules.only_${only}`, { n: items.length })}{' '}
          <Link to="/schedules" search={list.q ? { q: list.q } : {}}>{t('common.showAll', { n: all.length })}</Link>
        </p>
      )}
      {marks.keys.size > 0 && <RestBar marks={marks} arnOf={arnOf} />}
      <Split>
        {items.length > 0 && <ListTable
          list={list}
          textsOf={textsOf}
          label={t('frame.schedules')}
          columns={shown}
          rows={items}
          keyOf={keyOf}
          open={of}
          onOpen={open}
          isTicking
          marks={marks}
        />}
        {chosen && <Schedule key={of} schedule={chosen} />}
      </Split>
    </div>
  );
}
