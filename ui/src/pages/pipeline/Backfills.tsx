import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { BackfillState, BackfillView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { NewBackfill } from './NewBackfill';

const STATUS: Record<BackfillState, [StepStatus, string]> = {
  running: ['running', 'Running'],
  paused: ['blocked', 'Paused'],
  cancelled: ['aborted', 'Cancelled'],
  finished: ['succeeded', 'Finished'],
};

/** Runs for ticks of the past: what is under way and what was. */
export function Backfills({ name }: { name: string }) {
  const backfills = useQuery({ queryKey: ['pipeline', name, 'backfills'], queryFn: () => pipelines.backfills(name) });
  const schedules = useQuery({ queryKey: ['pipeline', name, 'schedules'], queryFn: () => pipelines.schedules(name) });
  const [asked, setAsked] = useState<BackfillView | 'new' | null>(null);
  const hasSchedule = (schedules.data?.items.length ?? 0) > 0;
  return (
    <div className="stack">
      <div>
        <button type="button" disabled={!hasSchedule} onClick={() => setAsked('new')}>
          Backfill…
        </button>{' '}
        {schedules.isSuccess && !hasSchedule && <span className="hint">Only what has a schedule has ticks of the past.</span>}
      </div>
      <Answer of={backfills} what="the backfills">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was backfilled yet">
              <p>A backfill runs the pipeline for the ticks of a range of time, those that never ran or all of them.</p>
            </Empty>
          ) : (
            <DataTable label="Backfills" fits columns={columns(name, setAsked)} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Answer>
      {asked === 'new' && <NewBackfill name={name} schedules={schedules.data?.items ?? []} onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'new' && <Cancel name={name} backfill={asked} onClose={() => setAsked(null)} />}
    </div>
  );
}

function columns(name: string, cancel: (backfill: BackfillView) => void): readonly Column<BackfillView>[] {
  return [
    { name: 'State', width: '112px', cell: ({ state }) => <Status status={STATUS[state][0]} word={STATUS[state][1]} /> },
    {
      name: 'Range',
      width: 'minmax(200px, 1.4fr)',
      className: 'cut',
      isWide: true,
      cell: ({ from, to }, now) => <><When at={from} now={now} /> – <When at={to} now={now} /></>,
    },
    {
      name: 'Progress',
      width: 'minmax(120px, 1fr)',
      cell: ({ done, total }) => (
        <span className="progress">
          <progress max={total} value={done} aria-label="Progress" /> <span className="mono">{done}/{total}</span>
        </span>
      ),
    },
    {
      name: 'Runs',
      width: 'minmax(120px, 1fr)',
      className: 'cut',
      isWide: true,
      cell: ({ counts, active }) =>
        [
          `${counts.success} well`,
          counts.failed > 0 && `${counts.failed} failed`,
          counts.left > 0 && `${counts.left} left alone`,
          counts.refused > 0 && `${counts.refused} refused`,
          active.length > 0 && `${active.length} under way`,
        ].filter(Boolean).join(', '),
    },
    { name: 'Change', width: 'minmax(70px, 160px)', cell: (backfill) => <Change name={name} backfill={backfill} cancel={cancel} /> },
  ];
}

function Change({ name, backfill, cancel }: { name: string; backfill: BackfillView; cancel: (of: BackfillView) => void }) {
  const queries = useQueryClient();
  const { state, id } = backfill;
  if (state !== 'running' && state !== 'paused') return null;
  const turn = async () => {
    await pipelines.changeBackfill(name, id, state === 'running' ? 'pause' : 'resume');
    await queries.invalidateQueries({ queryKey: ['pipeline', name, 'backfills'] });
  };
  return (
    <>
      <button type="button" className="small" onClick={() => void turn()}>
        {state === 'running' ? 'Pause' : 'Resume'}
      </button>{' '}
      <button type="button" className="small" onClick={() => cancel(backfill)}>
        Cancel…
      </button>
    </>
  );
}

function Cancel({ name, backfill, onClose }: { name: string; backfill: BackfillView; onClose: () => void }) {
  const queries = useQueryClient();
  const act = async () => {
    await pipelines.changeBackfill(name, backfill.id, 'cancel');
    await queries.invalidateQueries({ queryKey: ['pipeline', name, 'backfills'] });
  };
  return (
    <Ask title="Cancel this backfill?" verb="Cancel it" act={act} onClose={onClose}>
      <p>
        {backfill.total - backfill.done} of its {backfill.total} ticks are left, and will not run. Runs under way go on.
      </p>
    </Ask>
  );
}
