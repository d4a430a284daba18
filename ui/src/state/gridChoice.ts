import type { Cell } from '../api/schema';

/** The cells of a grid that are chosen. */
export interface GridChoice {
  keys: ReadonlySet<string>;
  /** Where a range begins. */
  anchor: Cell | null;
  /** What was chosen last. */
  last: Cell | null;
}

/** The rows and columns of a grid, and which cells are in it. */
export interface GridPlan {
  tasks: readonly string[];
  /** The ARNs of the runs. */
  runs: readonly string[];
  has: (cell: Cell) => boolean;
}

/** How a cell is chosen: alone, beside others, or with all up to it. */
export type Choosing = 'alone' | 'beside' | 'range';

export const NOTHING: GridChoice = { keys: new Set(), anchor: null, last: null };

/** Neither ids of tasks nor ARNs have blanks in them. */
export const keyOf = ({ task, run }: Cell) => `${task} ${run}`;

export function cellOf(key: string): Cell {
  const [task, run] = key.split(' ') as [string, string];
  return { task, run };
}

/** How the address says which cell is looked at: by its task and the name of its run. */
export const cellText = ({ task }: Cell, run: string) => `${task} ${run}`;

/** Returns the choice of a cell that an address says, if it is there. */
export function choiceOf(text: string | undefined, runs: readonly { id: string; name: string }[]): GridChoice {
  const at = text?.indexOf(' ') ?? -1;
  const run = text && at > 0 ? runs.find(({ name }) => name === text.slice(at + 1)) : undefined;
  if (!text || !run) return NOTHING;
  const cell = { task: text.slice(0, at), run: run.id };
  return { keys: new Set([keyOf(cell)]), anchor: cell, last: cell };
}

/** Chooses a cell; a range is a rectangle, and stands for what was chosen before. */
export function choose(choice: GridChoice, cell: Cell, how: Choosing, plan: GridPlan): GridChoice {
  const key = keyOf(cell);
  if (how === 'range' && choice.anchor) return { ...choice, keys: between(choice.anchor, cell, plan), last: cell };
  if (how !== 'beside') return { keys: new Set([key]), anchor: cell, last: cell };
  const keys = new Set(choice.keys);
  if (!keys.delete(key)) keys.add(key);
  return { keys, anchor: cell, last: cell };
}

function between(from: Cell, to: Cell, { tasks, runs, has }: GridPlan): ReadonlySet<string> {
  const part = (all: readonly string[], a: string, b: string) => {
    const [first, last] = [all.indexOf(a), all.indexOf(b)].sort((x, y) => x - y) as [number, number];
    return all.slice(first, last + 1);
  };
  const cells = part(tasks, from.task, to.task).flatMap((task) => part(runs, from.run, to.run).map((run) => ({ task, run })));
  return new Set(cells.filter(has).map(keyOf));
}
