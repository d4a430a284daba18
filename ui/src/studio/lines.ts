/** A run of lines that one text has in place of those of another. */
interface Hunk {
  from: number;
  to: number;
  lines: string[];
}

/** Longest search for the shortest difference; what is left then counts as changed. */
const STEPS_MAX = 2_000;
const CONTEXT = 3;

/** Returns how the lines of one text become those of another, by the greedy search of Myers. */
export function hunks(before: readonly string[], after: readonly string[]): Hunk[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < before.length - start && tail < after.length - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const [a, b] = [before.slice(start, before.length - tail), after.slice(start, after.length - tail)];
  const found: Hunk[] = [];
  let [x, y] = [0, 0];
  for (const [keptA, keptB] of [...kept(a, b), [a.length, b.length] as const]) {
    if (keptA > x || keptB > y) found.push({ from: start + x, to: start + keptA, lines: b.slice(y, keptB) });
    [x, y] = [keptA + 1, keptB + 1];
  }
  return found;
}

/** Returns the pairs of lines that stay. */
function kept(a: readonly string[], b: readonly string[]): [number, number][] {
  const most = Math.min(a.length + b.length, STEPS_MAX);
  const trace: Map<number, number>[] = [];
  let ends = new Map<number, number>([[1, 0]]);
  for (let steps = 0; steps <= most; steps++) {
    trace.push(new Map(ends));
    for (let k = -steps; k <= steps; k += 2) {
      let x = isDown(ends, k, steps) ? ends.get(k + 1)! : ends.get(k - 1)! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      ends.set(k, x);
      if (x >= a.length && x - k >= b.length) return back(trace, a.length, b.length);
    }
    ends = new Map(ends);
  }
  return [];
}

function isDown(ends: ReadonlyMap<number, number>, k: number, steps: number): boolean {
  return k === -steps || (k !== steps && ends.get(k - 1)! < ends.get(k + 1)!);
}

function back(trace: readonly Map<number, number>[], width: number, height: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [width, height];
  for (let steps = trace.length - 1; steps >= 0; steps--) {
    const ends = trace[steps]!;
    const k = x - y;
    const from = isDown(ends, k, steps) ? k + 1 : k - 1;
    const fromX = ends.get(from)!;
    while (x > fromX && y > fromX - from && x > 0 && y > 0) pairs.unshift([--x, --y]);
    [x, y] = [fromX, fromX - from];
  }
  return pairs;
}

/** Writes how two texts differ in the form of `diff -u`, without a head; empty if they do not. */
export function difference(before: string, after: string): string {
  const [old, found] = [before.split('\n'), hunks(before.split('\n'), after.split('\n'))];
  const out: string[] = [];
  let shift = 0;
  for (let at = 0; at < found.length; ) {
    let end = at;
    while (end + 1 < found.length && found[end + 1]!.from - found[end]!.to <= 2 * CONTEXT) end++;
    const from = Math.max(0, found[at]!.from - CONTEXT);
    const to = Math.min(old.length, found[end]!.to + CONTEXT);
    const body: string[] = [];
    let line = from;
    for (const hunk of found.slice(at, end + 1)) {
      body.push(...old.slice(line, hunk.from).map((text) => ` ${text}`));
      body.push(...old.slice(hunk.from, hunk.to).map((text) => `-${text}`), ...hunk.lines.map((text) => `+${text}`));
      line = hunk.to;
    }
    body.push(...old.slice(line, to).map((text) => ` ${text}`));
    const added = body.filter((text) => !text.startsWith('-')).length;
    out.push(`@@ -${from + 1},${to - from} +${from + 1 + shift},${added} @@`, ...body);
    shift += added - (to - from);
    at = end + 1;
  }
  return out.join('\n');
}

/** A text with the changes of two people. */
export interface Merged {
  text: string;
  /** How many places both changed; they stand between marks. */
  conflicts: number;
}

/** Joins two texts that were made of one. */
export function merge(base: string, mine: string, theirs: string): Merged {
  const lines = base.split('\n');
  const all = [
    ...hunks(lines, mine.split('\n')).map((hunk) => ({ ...hunk, isMine: true })),
    ...hunks(lines, theirs.split('\n')).map((hunk) => ({ ...hunk, isMine: false })),
  ].toSorted((one, other) => one.from - other.from || one.to - other.to);
  const out: string[] = [];
  let [line, conflicts] = [0, 0];
  for (let at = 0; at < all.length; ) {
    let [end, to] = [at + 1, all[at]!.to];
    while (end < all.length && (all[end]!.from < to || all[end]!.from === all[at]!.from)) to = Math.max(to, all[end++]!.to);
    const group = all.slice(at, end);
    const from = group[0]!.from;
    out.push(...lines.slice(line, from));
    const side = (isMine: boolean) => applied(lines, from, to, group.filter((hunk) => hunk.isMine === isMine));
    const [own, other] = [side(true), side(false)];
    if (group.every(({ isMine }) => isMine) || own.join('\n') === other.join('\n')) out.push(...own);
    else if (group.every(({ isMine }) => !isMine)) out.push(...other);
    else {
      conflicts += 1;
      out.push('<<<<<<< draft', ...own, '=======', ...other, '>>>>>>> published');
    }
    [line, at] = [to, end];
  }
  out.push(...lines.slice(line));
  return { text: out.join('\n'), conflicts };
}

function applied(lines: readonly string[], from: number, to: number, group: readonly Hunk[]): string[] {
  const out: string[] = [];
  let line = from;
  for (const hunk of group) {
    out.push(...lines.slice(line, hunk.from), ...hunk.lines);
    line = hunk.to;
  }
  return [...out, ...lines.slice(line, to)];
}
