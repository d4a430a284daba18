import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { t } from '../i18n/text';
import { useRowHeight } from '../state/density';
import { useKeys } from '../state/keys';
import type { Marks } from '../state/marks';
import { useNow } from '../state/now';
import { directionOf, next, type Sort, type Sortable, sorted } from '../state/sorting';
import { markColumn } from './markColumn';

const OVERSCAN = 12;
/** Of rows with very many cells. */
const OVERSCAN_SIDEWAYS = 4;
/** How high a head is that stays above what moves below it, in pixels. */
const HEAD = 36;

export interface Column<T> {
  name: string;
  /** What stands above it; its name, if nothing else. */
  head?: ReactNode;
  /** A track of a grid, such as `120px` or `minmax(100px, 1fr)`. */
  width: string;
  cell: (row: T, now: number) => ReactNode;
  /** `number` stands at the end of its column; `cut` is cut off where it is too long. */
  className?: string;
  /** Left out where the page is narrow. */
  isWide?: boolean;
  /** Its track where the page is narrow; `slim` leaves the words of states out there. */
  narrow?: string;
  /** Its place among all, where not all are given. */
  place?: number;
  /** What rows are ordered by where its head is pressed; without it, they cannot be. */
  sort?: Sortable<T>;
}

/** By which column the rows are ordered, where they are all there. */
interface Ordering {
  sort: Sort;
  onSort: (sort: Sort) => void;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  /** How many columns there are, where not all are given: more than have room, so that head and rows move sideways together. */
  columnCount?: number;
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Whether it is as high as its rows, or scrolls in the room that there is. */
  fits?: boolean;
  /** Whether rows are as high as what is in them. */
  wraps?: boolean;
  /** Whether there are more rows than these. */
  isMore?: boolean;
  /** Whether they are what was asked for before. */
  isOld?: boolean;
  /** The last row is seen. */
  onEnd?: () => void;
  /** Enter on the current row; without it, rows are not gone through by keys. */
  onOpen?: (row: T) => void;
  /** The row that is open beside the table. */
  open?: string | undefined;
  /** Whether something in the rows goes with the time. */
  isTicking?: boolean;
  /** Which rows are marked; without it, none can be. */
  marks?: Marks;
  order?: Ordering;
}

/** Rows of which only those that are seen are there. `j` and `k` go through them, Enter opens one. */
export function DataTable<T>(props: Props<T>) {
  const { label, keyOf, order, fits = false, wraps = false, isMore = false, isOld = false, onEnd, onOpen, open, isTicking = false, marks } = props;
  const isSideways = props.columnCount !== undefined;
  const columns = marks ? [markColumn(marks, props.rows, keyOf), ...props.columns] : props.columns;
  const rows = order ? sorted(props.rows, columns, order.sort) : props.rows;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const height = useRowHeight();
  const now = useNow(isTicking);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: isSideways ? OVERSCAN_SIDEWAYS : OVERSCAN,
    scrollPaddingEnd: isSideways ? HEAD : 0,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (isMore && last >= rows.length - 1) onEnd?.();
  });

  const at = rows.findIndex((row) => keyOf(row) === current);
  const go = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setCurrent(rows[index] ? keyOf(rows[index]) : null);
    virtual.scrollToIndex(index);
  };
  const enter = () => {
    const focused = document.activeElement;
    if (focused instanceof HTMLAnchorElement || focused instanceof HTMLButtonElement) focused.click();
    else if (rows[at]) onOpen?.(rows[at]);
  };
  const mark = (isRange: boolean) => () => current !== null && marks?.toggle(current, isRange);
  useKeys({
    ...(onOpen && { j: () => go(at + 1), k: () => go(at - 1), Enter: enter }),
    ...(marks && { x: mark(false), X: mark(true) }),
  });

  const style = {
    '--tracks': columns.map(({ width }) => width).join(' '),
    '--narrow-tracks': columns.flatMap(({ width, narrow = width, isWide }) => (isWide ? [] : [narrow])).join(' '),
    '--row': `${height}px`,
  } as React.CSSProperties;
  return (
    <div
      className={['table', fits && 'fits', isOld && 'old', isSideways && 'sideways'].filter(Boolean).join(' ')}
      ref={isSideways ? scroller : undefined}
      tabIndex={isSideways ? 0 : undefined}
      role="table"
      aria-label={label}
      aria-rowcount={isMore ? -1 : rows.length + 1}
      aria-colcount={props.columnCount}
      style={style}
    >
      <div className="row head" role="row" aria-rowindex={1}>
        {columns.map(({ name, head, className = '', isWide, place, sort }) => (
          <span
            key={name}
            role="columnheader"
            aria-colindex={place}
            aria-sort={order && sort && directionOf(order.sort, sort.by)}
            className={`${className} ${isWide ? 'wide' : ''}`}
          >
            {head ?? (order && sort ? <SortButton name={name} by={sort.by} order={order} /> : name)}
          </span>
        ))}
      </div>
      <div
        className="table-body"
        ref={isSideways ? undefined : scroller}
        role="rowgroup"
        tabIndex={isSideways ? undefined : 0}
        aria-label={t('common.rowsOf', { what: label })}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const row = rows[index]!;
            const key = keyOf(row);
            const isCurrent = key === current || key === open;
            return (
              <div
                key={key}
                ref={wraps ? virtual.measureElement : undefined}
                data-index={index}
                className={isCurrent ? 'row current' : 'row'}
                role="row"
                aria-rowindex={index + 2}
                style={{ transform: `translateY(${start}px)` }}
              >
                {columns.map(({ name, cell, className = '', isWide, place }) => (
                  <span key={name} role="cell" aria-colindex={place} className={`${className} ${isWide ? 'wide' : ''}`}>
                    {cell(row, now)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const ARROW = { ascending: '↑', descending: '↓', none: '' } as const;

/** The head of a column that orders the rows. */
function SortButton({ name, by, order: { sort, onSort } }: { name: string; by: string; order: Ordering }) {
  return (
    <button type="button" className="sort" onClick={() => onSort(next(sort, by))}>
      {name} <span aria-hidden="true">{ARROW[directionOf(sort, by)]}</span>
    </button>
  );
}
