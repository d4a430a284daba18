import { useMemo, useRef, useState } from 'react';

/** Which rows of a list are marked. */
export interface Marks {
  keys: ReadonlySet<string>;
  /** The rows that can be marked. */
  rows: ReadonlySet<string>;
  /** Marks a row, or takes its mark away; with all between it and the one before, if asked to. */
  toggle: (key: string, isRange: boolean) => void;
  /** Marks all rows that are there, or none. */
  all: (isMarked: boolean) => void;
}

/** Keeps which of these rows are marked: those of a list that can be. Rows that are gone have no mark. */
export function useMarks(rows: readonly string[]): Marks {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const keys = useMemo(() => new Set(rows.filter((key) => marked.has(key))), [rows, marked]);
  const markable = useMemo(() => new Set(rows), [rows]);
  return {
    keys,
    rows: markable,
    toggle: (key, isRange) => {
      if (!markable.has(key)) return;
      setMarked(toggled(rows, keys, key, isRange ? anchor.current : null));
      anchor.current = key;
    },
    all: (isMarked) => setMarked(new Set(isMarked ? rows : [])),
  };
}

/** Returns the marks after a row is toggled; those between it and `anchor` become as it does. */
export function toggled(
  rows: readonly string[],
  keys: ReadonlySet<string>,
  key: string,
  anchor: string | null,
): ReadonlySet<string> {
  const next = new Set(keys);
  const [from, to] = [rows.indexOf(anchor ?? key), rows.indexOf(key)];
  const range = from < 0 ? [key] : rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  // A range is marked as its beginning is.
  const isMarked = anchor !== null && from >= 0 ? keys.has(anchor) : !keys.has(key);
  for (const one of range) {
    if (isMarked) next.add(one);
    else next.delete(one);
  }
  return next;
}
