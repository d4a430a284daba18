/** How wide a column of a grid is, in pixels. */
export const COLUMN = 24;
/** So many columns come and go together: a grid that is moved is not drawn anew for each. */
const STEP = 6;

/** Columns of a grid, from one on and before another. */
export interface Columns {
  from: number;
  to: number;
}

/** Returns the columns that are drawn: those in sight, and as many beside them as may come into it at once. */
export function columnsSeen(left: number, width: number, count: number): Columns {
  const within = (at: number) => Math.max(0, Math.min(count, at));
  return {
    from: within((Math.floor(left / COLUMN / STEP) - 1) * STEP),
    to: within((Math.ceil((left + width) / COLUMN / STEP) + 1) * STEP),
  };
}
