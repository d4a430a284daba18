/** A value of a JSON text. Rows stand in the order in which their values do. */
export interface JsonRow {
  /** The row of the object or list that it is in; -1 for the whole. */
  parent: number;
  depth: number;
  /** Its name in an object, its place in a list; the whole has none. */
  step?: string | number;
  kind: 'object' | 'list' | 'leaf';
  /** Where it stands in the text. */
  from: number;
  to: number;
  /** How many members it has. */
  count: number;
  /** The row after the last one that is inside of it. */
  end: number;
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** A word or sign of a JSON text, and where it stands. */
interface Token {
  text: string;
  from: number;
}

/** Reads a JSON text into rows without reading its values: numbers keep all their digits. */
export function rowsOf(text: string): JsonRow[] {
  const rows: JsonRow[] = [];
  const open: number[] = [];
  const tokens = Array.from(text.matchAll(TOKENS), ({ 0: token, index }): Token => ({ text: token, from: index }));
  let name: string | undefined;
  tokens.forEach(({ text: token, from }, at) => {
    const to = from + token.length;
    if (token === ',' || token === ':') return;
    if (token === '}' || token === ']') {
      const closed = rows[open.pop() ?? -1];
      if (closed) Object.assign(closed, { to, end: rows.length });
    } else if (tokens[at + 1]?.text === ':') {
      name = nameIn(token);
    } else {
      const parent = open.at(-1) ?? -1;
      const around = rows[parent];
      const step = around?.kind === 'list' ? around.count : name;
      rows.push({ parent, depth: open.length, ...(around && step !== undefined && { step }), kind: kindOf(token), from, to, count: 0, end: rows.length + 1 });
      if (around) around.count += 1;
      if (token === '{' || token === '[') open.push(rows.length - 1);
    }
  });
  return rows;
}

function kindOf(token: string): JsonRow['kind'] {
  if (token === '{') return 'object';
  return token === '[' ? 'list' : 'leaf';
}

function nameIn(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** Returns the names and places that lead to a row from the whole. */
export function stepsTo(rows: readonly JsonRow[], at: number): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let row = rows[at]; row?.step !== undefined; row = rows[row.parent]) steps.unshift(row.step);
  return steps;
}

/** Returns the rows whose names or values have a text in them, whatever the case of its letters. */
export function rowsWith(rows: readonly JsonRow[], text: string, needle: string): number[] {
  const wanted = needle.toLocaleLowerCase();
  if (wanted === '') return [];
  const has = (found: string) => found.toLocaleLowerCase().includes(wanted);
  return rows.flatMap(({ step, kind, from, to }, at) => {
    const isFound = (typeof step === 'string' && has(step)) || (kind === 'leaf' && has(text.slice(from, to)));
    return isFound ? [at] : [];
  });
}

/** A line of what is shown: a row, or the bracket that closes it. */
export interface JsonLine {
  row: number;
  closes: boolean;
}

/** Returns the lines that are seen while some rows are folded; those that only close a row are left out if not wanted. */
export function linesOf(rows: readonly JsonRow[], folded: ReadonlySet<number>, withClosing: boolean): JsonLine[] {
  const lines: JsonLine[] = [];
  const open: number[] = [];
  const close = (at: number) => {
    while (open.length > 0 && rows[open.at(-1)!]!.end <= at) lines.push({ row: open.pop()!, closes: true });
  };
  for (let at = 0; at < rows.length; ) {
    if (withClosing) close(at);
    const { count, end } = rows[at]!;
    const isOpen = count > 0 && !folded.has(at);
    lines.push({ row: at, closes: false });
    if (isOpen) open.push(at);
    at = isOpen ? at + 1 : end;
  }
  if (withClosing) close(rows.length);
  return lines;
}

/** Whether another member of the same object or list follows. */
export function hasNext(rows: readonly JsonRow[], { parent, end }: JsonRow): boolean {
  return parent >= 0 && end < rows[parent]!.end;
}
