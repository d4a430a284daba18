import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { operate } from '../api/operate';
import type { ScheduleView } from '../api/schema';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { duration } from '../state/format';
import { useFresh } from '../state/fresh';
import { useKeys } from '../state/keys';
import { Schedule } from './schedules/Schedule';
import { TickSign } from './schedules/TickSign';

const route = getRouteApi('/schedules');

const keyOf = ({ workflow, id }: ScheduleView) => `${workflow}/${id}`;

const COLUMNS: readonly Column<ScheduleView>[] = [
  { name: 'State', width: '104px', cell: (schedule) => <ScheduleSign of={schedule} /> },
  { name: 'Workflow', width: 'minmax(120px, 1fr)', className: 'cut', cell: (schedule) => <Name of={schedule} /> },
  { name: 'When', width: 'minmax(140px, 1.6fr)', className: 'cut', isWide: true, cell: ({ words }) => words },
  {
    name: 'Next',
    width: 'minmax(90px, 200px)',
    className: 'cut',
    isWide: true,
    cell: ({ next, state }, now) =>
      state === 'active' && next[0] ? (
        <>
          <When at={next[0]} now={now} /> <span className="hint">in {duration(Math.max(0, Date.parse(next[0]) - now))}</span>
        </>
      ) : (
        <span className="hint">–</span>
      ),
  },
  {
    name: 'Last',
    width: 'minmax(100px, 210px)',
    className: 'cut',
    cell: ({ last }, now) => (last ? <><TickSign tick={last} /> <When at={last.scheduledAt} now={now} /></> : <span className="hint">none yet</span>),
  },
  { name: 'Runs', width: '64px', className: 'mono', isWide: true, cell: ({ runs }) => runs },
];

function ScheduleSign({ of }: { of: ScheduleView }) {
  if (of.problem !== undefined) return <Status status="failed" word="Broken" />;
  if (of.state === 'paused') return <Status status="blocked" word="Paused" />;
  if (of.state === 'ended') return <Status status="aborted" word="Ended" />;
  return of.active > 0 ? <Status status="running" /> : <span>Active</span>;
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

/** What the clock starts: when next, and why it did not. */
export function Schedules() {
  const { of, q = '' } = route.useSearch();
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const list = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  useFresh(['schedules'], ['ticks']);
  useKeys({ '/': () => field.current?.focus() });
  const change = (search: { of?: string; q?: string }) => void navigate({ to: '/schedules', search, replace: true });
  return (
    <Page title="Schedules" fills>
      <Answer of={list} what="the schedules">
        {({ items }) => {
          if (items.length === 0) return <Nothing />;
          const fits = ({ workflowName, id, words }: ScheduleView) => `${workflowName} ${id} ${words}`.toLowerCase().includes(q.toLowerCase());
          const rows = items.filter(fits);
          const chosen = items.find((schedule) => keyOf(schedule) === of);
          return (
            <>
              <search className="filters">
                <label>
                  Filter{' '}
                  <input ref={field} value={q} onChange={({ target }) => change(target.value ? { q: target.value } : {})} />
                </label>
              </search>
              {rows.length === 0 ? (
                <Empty title={`No schedule has “${q}” in it`}>
                  <button type="button" onClick={() => change({})}>
                    Show all {items.length}
                  </button>
                </Empty>
              ) : (
                <div className="split">
                  <DataTable
                    label="Schedules"
                    columns={chosen ? COLUMNS.filter(({ name }) => name !== 'When' && name !== 'Runs') : COLUMNS}
                    rows={rows}
                    keyOf={keyOf}
                    open={of}
                    onOpen={(schedule) => change({ ...(q && { q }), of: keyOf(schedule) })}
                    isTicking
                  />
                  {chosen && <Schedule key={of} schedule={chosen} />}
                </div>
              )}
            </>
          );
        }}
      </Answer>
    </Page>
  );
}

function Nothing() {
  return (
    <Empty title="Nothing starts by the clock">
      <p>
        A <Link to="/pipelines">pipeline</Link> with “on: {'{schedule: …}'}” does, from the moment it is pushed:
      </p>
      <Command text={'on: {schedule: {cron: "0 6 * * *", timezone: Europe/Lisbon}}'} />
    </Empty>
  );
}
