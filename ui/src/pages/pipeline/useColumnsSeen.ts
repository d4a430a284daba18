import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { GridRun } from '../../api/schema';
import { COLUMN, type Columns, columnsSeen } from '../../state/columnsSeen';

/** More runs are asked for where so few are left to the side, in pixels. */
const NEAR = 4 * COLUMN;

const tableIn = (side: RefObject<HTMLElement | null>) => side.current?.querySelector('.table') ?? null;

interface Seen {
  columns: Columns;
  /** To be told that the grid was moved sideways. */
  onMove: () => void;
  /** Moves the grid to its earliest run. */
  toEarliest: () => void;
}

/**
 * Which columns of a grid are drawn. What is in sight stays there when earlier runs come, and the newest run does, where
 * it was; `onEarliest` is told when the earliest is near.
 */
export function useColumnsSeen(side: RefObject<HTMLElement | null>, runs: readonly GridRun[], onEarliest: () => void): Seen {
  const [columns, setColumns] = useState<Columns | null>(null);
  const isAtEnd = useRef(true);
  const earliest = useRef<string | undefined>(undefined);
  const latest = useRef(onEarliest);
  latest.current = onEarliest;
  const count = runs.length;
  const look = useCallback(() => {
    const table = tableIn(side);
    if (!table) return;
    const { from, to } = columnsSeen(table.scrollLeft, table.clientWidth, count);
    setColumns((before) => (before?.from === from && before.to === to ? before : { from, to }));
  }, [side, count]);
  useLayoutEffect(() => {
    const table = tableIn(side);
    const added = runs.findIndex(({ id }) => id === earliest.current);
    if (table && isAtEnd.current) table.scrollLeft = table.scrollWidth;
    else if (table && added > 0) table.scrollLeft += added * COLUMN;
    earliest.current = runs[0]?.id;
    look();
  }, [side, runs, look]);
  useEffect(() => {
    const table = tableIn(side);
    if (!table) return;
    const observer = new ResizeObserver(look);
    observer.observe(table);
    return () => observer.disconnect();
  }, [side, look]);
  // Where they all have room, nobody can go to the side.
  useEffect(() => {
    const table = tableIn(side);
    if (table && table.scrollWidth <= table.clientWidth) latest.current();
  }, [side, runs]);
  const toEarliest = () => {
    isAtEnd.current = false;
    tableIn(side)?.scrollTo({ left: 0 });
    onEarliest();
  };
  const onMove = () => {
    const table = tableIn(side);
    if (!table) return;
    isAtEnd.current = table.scrollLeft + table.clientWidth > table.scrollWidth - COLUMN;
    if (table.scrollLeft < NEAR) onEarliest();
    look();
  };
  return { columns: columns ?? columnsSeen(0, 0, count), onMove, toEarliest };
}
