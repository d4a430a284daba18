import { lastAtMost } from './lineIndex';

/** Where rows stand of which most have one height, and some were found to have another one. */
export class RowHeights {
  /** The rows that have another height. */
  #rows: number[] = [];
  /** What each of them, with those before it, has beside the usual height. */
  #sums: number[] = [];

  constructor(readonly usual: number) {}

  /** Says how high a row is, and returns by how much it has grown. */
  set(row: number, height: number): number {
    const place = lastAtMost(this.#rows, row);
    const isKnown = place >= 0 && this.#rows[place] === row;
    const before = isKnown ? this.#sums[place]! - (this.#sums[place - 1] ?? 0) : 0;
    const grown = height - this.usual - before;
    if (grown === 0) return 0;
    const at = isKnown ? place : place + 1;
    if (!isKnown) {
      this.#rows.splice(at, 0, row);
      this.#sums.splice(at, 0, this.#sums[at - 1] ?? 0);
    }
    for (let i = at; i < this.#sums.length; i += 1) this.#sums[i]! += grown;
    return grown;
  }

  clear(): void {
    this.#rows = [];
    this.#sums = [];
  }

  /** Returns where a row begins; that of the number of rows is where all of them end. */
  offset(row: number): number {
    return row * this.usual + (this.#sums[lastAtMost(this.#rows, row - 1)] ?? 0);
  }

  /** Returns the row that is at this offset. */
  at(offset: number): number {
    let [from, to] = [0, this.#rows.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.offset(this.#rows[middle]!) <= offset) from = middle + 1;
      else to = middle;
    }
    const row = this.#rows[from - 1];
    if (row === undefined) return Math.floor(offset / this.usual);
    return Math.max(row, Math.floor((offset - this.#sums[from - 1]!) / this.usual));
  }
}
