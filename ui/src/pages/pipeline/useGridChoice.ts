import { useCallback, useMemo, useRef, useState } from 'react';
import type { Cell, GridRun } from '../../api/schema';
import { useAddress } from '../../state/address';
import { cellOf, cellText, choiceOf, choose, type Choosing, type GridChoice, type GridPlan, NOTHING } from '../../state/gridChoice';
import { useKeys } from '../../state/keys';

/** Keeps which cells are chosen: one alone is in the address, many are not. */
export function useGridChoice(runs: readonly GridRun[], plan: GridPlan) {
  const [text, setText] = useAddress('cell');
  const [many, setMany] = useState<GridChoice | null>(null);
  const one = useMemo(() => choiceOf(text, runs), [text, runs]);
  const choice = many ?? one;
  const take = (next: GridChoice) => {
    const [first, ...others] = next.keys;
    const cell = first !== undefined && others.length === 0 ? cellOf(first) : null;
    const run = cell && runs.find(({ id }) => id === cell.run);
    setMany(run || next === NOTHING ? null : next);
    setText(cell && run ? cellText(cell, run.name) : undefined);
  };
  const latest = useRef({ choice, plan, take });
  latest.current = { choice, plan, take };
  // The same for all time: each cell has it, and there are many.
  const pick = useCallback((cell: Cell, how: Choosing) => {
    const { choice, plan, take } = latest.current;
    take(choose(choice, cell, how, plan));
  }, []);
  const leave = () => take(NOTHING);
  useKeys(choice.keys.size > 0 ? { Escape: leave } : {});
  return { choice, pick, leave };
}
