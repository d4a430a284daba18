import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { BackfillTick, BackfillView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import { Glyph, Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { instant, moment } from '../../state/format';
import { ofRun, wordOf } from '../../state/status';
import { BACKFILL_STATUS, ChangeBackfill, runsOf } from './backfill';

interface Props {
  name: string;
  id: string;
}

/** One backfill: how far it is, and a cell for each of its ticks. */
export function OneBackfill({ name, id }: Props) {
  const view = useQuery({ queryKey: ['pipeline', name, 'backfill', id], queryFn: () => pipelines.backfill(name, id) });
  return (
    <div className="stack">
      <p>
        <Link to="/pipelines/$name" params={{ name }} search={{ tab: 'backfills' }}>
          {t('backfills.all')}
        </Link>
      </p>
      <Answer of={view} what={t('backfills.what')}>
        {(backfill) => (
          <>
            <Facts name={name} backfill={backfill} />
            <Strip name={name} id={id} />
          </>
        )}
      </Answer>
    </div>
  );
}

function Facts({ name, backfill }: { name: string; backfill: BackfillView }) {
  const { state, from, to, order, maxActive, reprocess, created, by, total, done, active } = backfill;
  const facts = [
    [t('backfills.range'), `${moment(from)} – ${moment(to)}`],
    [t('backfills.runs'), runsOf(backfill)],
    [t('backfills.order'), t(`backfills.order_${order}`)],
    [t('backfills.atOnce'), maxActive],
    [t('backfills.existing'), t(`backfills.existing_${reprocess === 'missing' ? 'none' : reprocess}`)],
    [t('backfills.begun'), <span key="begun"><When at={created} /> {by}</span>],
  ] as const;
  return (
    <section aria-label={t('backfills.one')}>
      <p className="facts">
        <Status status={BACKFILL_STATUS[state]} word={t(`backfills.${state}`)} />
        <span className="progress">
          <progress max={total} value={done - active.length} aria-label={t('backfills.progress')} />{' '}
          <span className="mono">{done - active.length}/{total}</span>
        </span>
        <ChangeBackfill name={name} backfill={backfill} />
      </p>
      <dl className="facts-list">
        {facts.map(([fact, value]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A cell for each tick, in the order of the backfill; it leads to its run. Arrows go from one to the next. */
function Strip({ name, id }: Props) {
  const ticks = useInfiniteQuery({
    queryKey: ['pipeline', name, 'backfill', id, 'ticks'],
    queryFn: ({ pageParam }) => pipelines.backfillTicks(name, id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const [current, setCurrent] = useState<string | null>(null);
  const items = ticks.data?.pages.flatMap((page) => page.items) ?? [];
  const focus = items.find(({ at }) => at === current) ?? items[0];
  return (
    <section aria-label={t('backfills.strip')}>
      <h2>{t('backfills.strip')}</h2>
      <ul className="strip" aria-label={t('backfills.strip')} onKeyDown={step}>
        {items.map((tick) => (
          <li key={tick.at}>
            <Cell tick={tick} isFocus={tick === focus} onFocus={() => setCurrent(tick.at)} />
          </li>
        ))}
      </ul>
      {ticks.hasNextPage && (
        <button type="button" className="quiet small" disabled={ticks.isFetching} onClick={() => void ticks.fetchNextPage()}>
          {t('backfills.showMore')}
        </button>
      )}
      <p className="legend">
        {[...new Set(items.map(statusOf))].map((status) => (
          <Status key={status} status={status} word={wordFor(status)} />
        ))}
      </p>
    </section>
  );
}

function Cell({ tick, isFocus, onFocus }: { tick: BackfillTick; isFocus: boolean; onFocus: () => void }) {
  const { at, partition, run, why, state } = tick;
  const status = statusOf(tick);
  const left = state === 'left' ? t('backfills.fate_left') : undefined;
  const told = [partition ?? instant(at), wordFor(status), left, why].filter(Boolean).join(' · ');
  const shared = { className: 'cell', title: told, 'aria-label': told, tabIndex: isFocus ? 0 : -1, onFocus, 'data-tick': at };
  if (run === undefined) {
    return (
      <span {...shared} role="img">
        <Glyph status={status} size={14} />
      </span>
    );
  }
  return (
    <Link to="/runs/$id" params={{ id: run }} {...shared}>
      <Glyph status={status} size={14} />
    </Link>
  );
}

/** Returns how a tick is, in the words of steps: as its run, once the backfill came to it. */
function statusOf({ state, status }: BackfillTick): StepStatus {
  if (state === 'pending') return 'not_reached';
  if (state === 'skipped') return 'skipped';
  if (state === 'refused') return 'upstream_failed';
  // Its run waits for a place.
  return status === undefined ? 'queued' : ofRun(status);
}

function wordFor(status: StepStatus): string {
  if (status === 'not_reached') return t('backfills.toCome');
  return status === 'upstream_failed' ? t('backfills.fate_refused') : wordOf(status);
}

function step(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const cells = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-tick]')];
  cells[cells.indexOf(event.target as HTMLElement) + by]?.focus();
}
