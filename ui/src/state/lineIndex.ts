/** Returns the place of the last value that is at most this one; -1 without any. The values ascend. */
export function lastAtMost(values: readonly number[], most: number): number {
  let [from, to] = [0, values.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (values[middle]! <= most) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** Numbers of lines in their order, kept as stretches of neighbours: a log may have millions of lines. */
export class LineIndex {
  count = 0;
  /** The last number of all. */
  last = 0;
  #firsts: number[] = [];
  /** How many lines come before each stretch. */
  #before: number[] = [];

  /** Adds the lines from one to another; all that are there have smaller numbers. */
  add(from: number, to: number): void {
    if (this.count === 0 || from !== this.last + 1) {
      this.#firsts.push(from);
      this.#before.push(this.count);
    }
    this.count += to + 1 - from;
    this.last = to;
  }

  /** Returns the number of the line at a place, from 0 on. */
  at(place: number): number | undefined {
    if (place < 0 || place >= this.count) return undefined;
    const stretch = lastAtMost(this.#before, place);
    return this.#firsts[stretch]! + place - this.#before[stretch]!;
  }

  /** Returns the place of a line, or of the first one after it. */
  placeOf(line: number): number {
    const stretch = lastAtMost(this.#firsts, line);
    if (stretch < 0) return 0;
    const [before, next] = [this.#before[stretch]!, this.#before[stretch + 1] ?? this.count];
    return Math.min(before + line - this.#firsts[stretch]!, next);
  }
}
