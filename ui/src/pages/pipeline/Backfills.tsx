import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { BackfillView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import { moment } from '../../state/format';
import { BACKFILL_STATUS, ChangeBackfill, runsOf } from './backfill';
import { NewBackfill } from './NewBackfill';
import { OneBackfill } from './OneBackfill';

interface Props {
  name: string;
  /** The one that is open. */
  open: string | undefined;
  onOpen: (id: string) => void;
}

/** Runs for ticks of the past: what is under way and what was. */
export function Backfills({ name, open, onOpen }: Props) {
  return open === undefined ? <All name={name} onOpen={onOpen} /> : <OneBackfill name={name} id={open} />;
}

function All({ name, onOpen }: Omit<Props, 'open'>) {
  const backfills = useQuery({ queryKey: ['pipeline', name, 'backfills'], queryFn: () => pipelines.backfills(name) });
  const schedules = useQuery({ queryKey: ['pipeline', name, 'schedules'], queryFn: () => pipelines.schedules(name) });
  const [isMaking, setMaking] = useState(false);
  const hasSchedule = (schedules.data?.items.length ?? 0) > 0;
  return (
    <div className="stack">
      <div>
        <button type="button" disabled={!hasSchedule} onClick={() => setMaking(true)}>
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
            <DataTable
              label={t('backfills.label')}
              fits
              columns={columns(name)}
              rows={items}
              keyOf={({ id }) => id}
              onOpen={({ id }) => onOpen(id)}
            />
          )
        }
      </Answer>
      {isMaking && (
        <NewBackfill name={name} schedules={schedules.data?.items ?? []} onBegun={onOpen} onClose={() => setMaking(false)} />
      )}
    </div>
  );
}

function columns(name: string): readonly Column<BackfillView>[] {
  return [
    {
      name: t('backfills.state'),
      width: '112px',
      cell: ({ state }) => <Status status={BACKFILL_STATUS[state]} word={t(`backfills.${state}`)} />,
    },
    {
      name: t('backfills.range'),
      width: 'minmax(120px, 1.4fr)',
      className: 'cut',
      cell: ({ id, from, to }) => (
        <Link to="/pipelines/$name" params={{ name }} search={{ tab: 'backfills', backfill: id }} className="row-link">
          {moment(from)} – {moment(to)}
        </Link>
      ),
    },
    {
      name: t('backfills.progress'),
      width: 'minmax(120px, 1fr)',
      narrow: '56px',
      isWide: true,
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
    { name: t('backfills.runs'), width: 'minmax(120px, 1fr)', className: 'cut', isWide: true, cell: runsOf },
    {
      name: t('backfills.change'),
      width: 'minmax(70px, 160px)',
      className: 'above',
      cell: (backfill) => <ChangeBackfill name={name} backfill={backfill} />,
    },
  ];
}
