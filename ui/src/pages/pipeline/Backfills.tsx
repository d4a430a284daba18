import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at } from '../../api/client';
import { pipelines } from '../../api/pipelines';
import type { BackfillState, BackfillView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { ActButton } from '../../components/ActButton';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { NewBackfill } from './NewBackfill';

const STATUS: Record<BackfillState, StepStatus> = {
  running: 'running',
  paused: 'blocked',
  cancelled: 'aborted',
  finished: 'succeeded',
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
          {t('backfills.new')}
        </button>{' '}
        {schedules.isSuccess && !hasSchedule && <span className="hint">{t('backfills.needsSchedule')}</span>}
      </div>
      <Answer of={backfills} what={t('backfills.what')}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('backfills.none')}>
              <p>{t('backfills.noneHint')}</p>
            </Empty>
          ) : (
            <DataTable label={t('backfills.label')} fits columns={columns(name, setAsked)} rows={items} keyOf={({ id }) => id} />
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
    { name: t('backfills.state'), width: '112px', cell: ({ state }) => <Status status={STATUS[state]} word={t(`backfills.${state}`)} /> },
    {
      name: t('backfills.range'),
      width: 'minmax(200px, 1.4fr)',
      className: 'cut',
      isWide: true,
      cell: ({ from, to }, now) => <><When at={from} now={now} /> – <When at={to} now={now} /></>,
    },
    {
      name: t('backfills.progress'),
      width: 'minmax(120px, 1fr)',
      cell: ({ done, active, total }) => {
        // A tick whose run is under way was taken, and is not done.
        const over = done - active.length;
        return (
          <span className="progress">
            <progress max={total} value={over} aria-label={t('backfills.progress')} /> <span className="mono">{over}/{total}</span>
          </span>
        );
      },
    },
    {
      name: t('backfills.runs'),
      width: 'minmax(120px, 1fr)',
      className: 'cut',
      isWide: true,
      cell: ({ counts, active }) =>
        [
          t('backfills.countWell', { n: counts.success }),
          counts.failed > 0 && t('backfills.countFailed', { n: counts.failed }),
          counts.left > 0 && t('backfills.countLeft', { n: counts.left }),
          counts.refused > 0 && t('backfills.countRefused', { n: counts.refused }),
          active.length > 0 && t('backfills.countActive', { n: active.length }),
        ].filter(Boolean).join(', '),
    },
    { name: t('backfills.change'), width: 'minmax(70px, 160px)', cell: (backfill) => <Change name={name} backfill={backfill} cancel={cancel} /> },
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
      <ActButton act={turn}>{state === 'running' ? t('common.pause') : t('common.resume')}</ActButton>{' '}
      <button type="button" className="small" onClick={() => cancel(backfill)}>
        {t('backfills.cancel')}
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
    <Ask
      title={t('backfills.cancelTitle')}
      verb={t('backfills.cancelIt')}
      act={act}
      onClose={onClose}
      as={() => commandsOf({ method: 'POST', path: at`/pipelines/${name}/backfills/${backfill.id}/cancel` })}
    >
      <p>
        {t('backfills.cancelHint', { left: backfill.total - backfill.done, n: backfill.total })}
      </p>
    </Ask>
  );
}
