import { choice, useChoice } from './choice';

/** How close the rows of lists are. */
export const density = choice('compasso.density', ['comfortable', 'compact']);

const ROW_PX = { comfortable: 32, compact: 26 } as const;

/** Returns the height of a row, in pixels. */
export function useRowHeight(): number {
  return ROW_PX[useChoice(density)];
}
