import type { JsonLine, JsonRow } from './jsonRows';

/** With more rows than this, only what is this deep is open at first. */
const ALL_OPEN_ROWS = 400;
const OPEN_DEPTH = 1;

/** Returns the rows that are folded before anybody folds one. */
export function firstFolded(rows: readonly JsonRow[]): ReadonlySet<number> {
  if (rows.length <= ALL_OPEN_ROWS) return new Set();
  return new Set(rows.flatMap(({ count, depth }, at) => (count > 0 && depth > OPEN_DEPTH ? [at] : [])));
}

/** Folds a row, or opens it. */
export function withRow(folded: ReadonlySet<number>, row: number, isFolded: boolean): ReadonlySet<number> {
  const next = new Set(folded);
  if (isFolded) next.add(row);
  else next.delete(row);
  return next;
}

/** Opens all that hides a row; the same set, if nothing does. */
export function revealing(folded: ReadonlySet<number>, rows: readonly JsonRow[], of: number): ReadonlySet<number> {
  let open = folded;
  for (let at = rows[of]?.parent ?? -1; at >= 0; at = rows[at]!.parent) if (open.has(at)) open = withRow(open, at, false);
  return open;
}

interface Position {
  rows: readonly JsonRow[];
  lines: readonly JsonLine[];
  folded: ReadonlySet<number>;
  /** The row that is selected. */
  at: number | null;
}

/** What a key does: the row that it goes to, or whether it folds the one that is selected. */
export interface Move {
  row?: number;
  fold?: boolean;
}

/** Returns what a key does in a tree, if it does something. */
export function moveBy(key: string, { rows, lines, folded, at }: Position): Move | null {
  const open = lines.filter(({ closes }) => !closes).map(({ row }) => row);
  const here = at === null ? -1 : open.indexOf(at);
  const to = (index: number): Move => ({ row: open[Math.max(0, Math.min(open.length - 1, index))]! });
  const row = at === null ? undefined : rows[at];
  const isFolded = at !== null && folded.has(at);
  const hasMembers = row !== undefined && row.count > 0;
  switch (key) {
    case 'ArrowDown':
      return to(here + 1);
    case 'ArrowUp':
      return to(here - 1);
    case 'Home':
      return to(0);
    case 'End':
      return to(open.length - 1);
    case 'ArrowRight':
      if (!hasMembers) return null;
      return isFolded ? { fold: false } : to(here + 1);
    case 'ArrowLeft':
      if (hasMembers && !isFolded) return { fold: true };
      return row && row.parent >= 0 ? { row: row.parent } : null;
    case 'Enter':
    case ' ':
      return hasMembers ? { fold: !isFolded } : null;
    default:
      return null;
  }
}
