import { type JsonRow, rowsOf, stepsTo } from './jsonRows';

/** A value that two JSON texts do not have in common: as it is written in each, where it is there. */
export interface Change {
  steps: readonly (string | number)[];
  before?: string;
  after?: string;
}

interface Side {
  text: string;
  rows: readonly JsonRow[];
}

const sideOf = (text: string): Side => ({ text, rows: rowsOf(text) });
const textAt = ({ text, rows }: Side, at: number) => text.slice(rows[at]!.from, rows[at]!.to);

/** Compares two JSON texts value by value: the order of names does not matter, that of lists does. */
export function changesOf(before: string, after: string): Change[] {
  const found: Change[] = [];
  compare(sideOf(before), 0, sideOf(after), 0, found);
  return found;
}

function compare(before: Side, from: number, after: Side, to: number, found: Change[]): void {
  const [old, now] = [before.rows[from], after.rows[to]];
  if (!old || !now) return;
  if (old.kind !== now.kind || old.kind === 'leaf') {
    const [was, is] = [textAt(before, from), textAt(after, to)];
    if (was !== is) found.push({ steps: stepsTo(after.rows, to), before: was, after: is });
    return;
  }
  const [olds, news] = [membersOf(before, from), membersOf(after, to)];
  for (const [step, at] of olds) {
    const other = news.get(step);
    if (other === undefined) found.push({ steps: stepsTo(before.rows, at), before: textAt(before, at) });
    else compare(before, at, after, other, found);
  }
  for (const [step, at] of news) if (!olds.has(step)) found.push({ steps: stepsTo(after.rows, at), after: textAt(after, at) });
}

function membersOf({ rows }: Side, at: number): Map<string | number, number> {
  const members = new Map<string | number, number>();
  for (let member = at + 1; member < rows[at]!.end; member = rows[member]!.end) members.set(rows[member]!.step!, member);
  return members;
}
