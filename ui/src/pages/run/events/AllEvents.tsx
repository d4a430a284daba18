import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { t } from '../../../i18n/text';
import { between, duration } from '../../../state/format';
import type { EventOfState } from '../../../state/history';

const ROW_PX = 32;
const OVERSCAN = 12;
const COLUMNS = ['id', 'after', 'type', 'step'] as const;

export interface Listed {
  events: readonly EventOfState[];
  /** When the first event of the history happened. */
  began: string;
  /** How many there are, if all are shown. */
  total: number;
  open: number | undefined;
  onOpen: (event: number) => void;
  /** Brings more of them; without it, all are there. */
  more: (() => void) | undefined;
}

/** One row for each event. */
export function AllEvents({ events, began, total, open, onOpen, more }: Listed) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const isAtEnd = (rows.at(-1)?.index ?? -1) >= events.length - 1;
  useEffect(() => {
    if (isAtEnd) more?.();
  }, [isAtEnd, more]);

  // The address may name an event that is many pages away.
  const sought = useRef(open);
  const isDown = (events[0]?.id ?? 0) > (events.at(-1)?.id ?? 0);
  const at = sought.current === undefined ? -1 : events.findIndex(({ id }) => (isDown ? id <= sought.current! : id >= sought.current!));
  useEffect(() => {
    if (sought.current === undefined) return;
    if (at < 0) {
      more?.();
      return;
    }
    virtual.scrollToIndex(at, { align: 'center' });
    sought.current = undefined;
  }, [at, more, virtual]);
  return (
    <div className="table events" role="table" aria-label={t('run.events')} aria-rowcount={total + 1}>
      <div className="row head" role="row" aria-rowindex={1}>
        {COLUMNS.map((name) => (
          <span key={name} role="columnheader">{t(`run.event_${name}`)}</span>
        ))}
      </div>
      <div className="table-body" ref={scroller} role="rowgroup" tabIndex={0} aria-label={t('common.rowsOf', { what: t('run.events') })}>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {rows.map(({ index, start }) => {
            const event = events[index]!;
            return (
              <div
                key={event.id}
                role="row"
                aria-rowindex={index + 2}
                className={event.id === open ? 'row current' : 'row'}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span role="cell" className="mono hint">{event.id}</span>
                <span role="cell" className="mono">{duration(between(began, event.at, 0))}</span>
                <span role="cell" className="cut">
                  <button type="button" className="row-link" onClick={() => onOpen(event.id)}>{event.type}</button>
                </span>
                <span role="cell" className="cut">{event.state}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
