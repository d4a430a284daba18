/** Lines that are selected, by their numbers; both ends are. */
export interface LineSelection {
  from: number;
  to: number;
}

/** Reads which lines the fragment of an address names: `L120` or `L120-140`. */
export function readSelection(fragment: string): LineSelection | null {
  const found = /^#?L(\d{1,15})(?:-L?(\d{1,15}))?$/.exec(fragment);
  if (!found) return null;
  const [one, other] = [Number(found[1]), Number(found[2] ?? found[1])];
  return one < 1 || other < 1 ? null : { from: Math.min(one, other), to: Math.max(one, other) };
}

export function writeSelection({ from, to }: LineSelection): string {
  return from === to ? `L${from}` : `L${from}-${to}`;
}

/** Selects as far as a line: the end that is nearer moves there. */
export function extended(selection: LineSelection | null, line: number): LineSelection {
  if (selection === null) return { from: line, to: line };
  const { from, to } = selection;
  if (line < from) return { from: line, to };
  return line > to || to - line < line - from ? { from, to: line } : { from: line, to };
}
