import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import type { ScheduleView } from '../../api/schema';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { Split } from '../../components/Split';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';
import { useKeys } from '../../state/keys';
import { useMarks } from '../../state/marks';
import { scheduleWords, zoneOf } from '../../state/scheduleWords';
import { OWN_ZONE, zoned } from './NextTicks';
import { RestBar } from './RestBar';
import { Schedule } from './Schedule';
import { TickSign } from './TickSign';

const route = getRouteApi('/schedules');

const keyOf = ({ workflow, id }: ScheduleView) => `${workflow}/${id}`;

/** Beside an open schedule there is less room. */
function columns(isBeside: boolean): readonly Column<ScheduleView>[] {
  const roomy: readonly Column<ScheduleView>[] = [
    { name: t('schedules.when'), width: 'minmax(140px, 1.6fr)', className: 'cut', isWide: true, cell: ({ spec }) => scheduleWords(spec) },
  ];
  const runs: Column<ScheduleView> = {
    name: t('schedules.runs'),
    width: '80px',
    className: 'number',
    isWide: true,
    cell: ({ runs }) => runs,
  };
  return [
    { name: t('schedules.state'), width: 'minmax(64px, 112px)', cell: (schedule) => <ScheduleSign of={schedule} /> },
    {
      name: t('schedules.workflow'),
      width: 'minmax(80px, 1fr)',
      className: 'cut',
      cell: (schedule) => <Name of={schedule} />,
    },
    ...(isBeside ? [] : roomy),
    {
      name: t('schedules.next'),
      width: 'minmax(76px, 340px)',
      className: 'cut',
      cell: (schedule, now) => <Next of={schedule} now={now} />,
    },
    {
      name: t('schedules.last'),
      width: 'minmax(100px, 210px)',
      className: 'cut',
      isWide: true,
      cell: (schedule, now) => <Last of={schedule} now={now} />,
    },
    ...(isBeside ? [] : [runs]),
  ];
}

/** The next time: the reader's, how far it is, and that of the schedule's zone, if it is another. */
function Next({ of: { next, state, spec }, now }: { of: ScheduleView; now: number }) {
  if (state !== 'active' || !next[0]) return <span className="hint">–</span>;
  const left = duration(Math.max(0, Date.parse(next[0]) - now));
  return (
    <>
      <When at={next[0]} now={now} /> <span className="hint">{t('schedules.in', { duration: left })}</span>
      {zoneOf(spec) !== OWN_ZONE && <span className="hint mono"> {zoned(next[0], zoneOf(spec))}</span>}
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
export function ScheduleList({ items }: { items: readonly ScheduleView[] }) {
  const { of, q = '' } = route.useSearch();
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  const change = (search: { of?: string; q?: string }) => void navigate({ to: '/schedules', search, replace: true });
  const fits = ({ workflowName, id, spec }: ScheduleView) => `${workflowName} ${id} ${scheduleWords(spec)}`.toLowerCase().includes(q.toLowerCase());
  const rows = items.filter(fits);
  const marks = useMarks(useMemo(() => items.map(keyOf), [items]));
  const arnOf = (key: string) => items.find((schedule) => keyOf(schedule) === key)?.arn ?? key;
  const chosen = items.find((schedule) => keyOf(schedule) === of);
  return (
    <div className="stack">
      <search className="filters">
        <label>
          {t('schedules.filter')}{' '}
          <input ref={field} value={q} onChange={({ target }) => change(target.value ? { q: target.value } : {})} />
        </label>
      </search>
      {marks.keys.size > 0 && <RestBar marks={marks} arnOf={arnOf} />}
      {rows.length === 0 ? (
        <Empty title={t('schedules.noneFits', { text: q })}>
          <button type="button" onClick={() => change({})}>
            {t('schedules.showAll', { n: items.length })}
          </button>
        </Empty>
      ) : (
        <Split>
          <DataTable
            label={t('frame.schedules')}
            columns={columns(chosen !== undefined)}
            rows={rows}
            keyOf={keyOf}
            open={of}
            onOpen={(schedule) => change({ ...(q && { q }), of: keyOf(schedule) })}
            isTicking
            marks={marks}
          />
          {chosen && <Schedule key={of} schedule={chosen} />}
        </Split>
      )}
    </div>
  );
}
