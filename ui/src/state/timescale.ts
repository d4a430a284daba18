/** A stretch of time, in milliseconds since the epoch. */
export interface Stretch {
  from: number;
  to: number;
}

/** Idle stretches are told of from this part of the whole on. */
const IDLE_LEAST = 0.05;
/** One that takes more of the whole is folded unless the reader says otherwise. */
const IDLE_MUCH = 0.3;
/** A folded stretch takes this part of what is not folded. */
const FOLDED = 0.03;

const lengthOf = ({ from, to }: Stretch) => Math.max(0, to - from);

/** Returns the stretches of a whole in which nothing was there, the long ones, in order. */
export function idle(bars: readonly Stretch[], whole: Stretch): Stretch[] {
  const found: Stretch[] = [];
  let seen = whole.from;
  for (const { from, to } of bars.toSorted((a, b) => a.from - b.from)) {
    if (from > seen) found.push({ from: seen, to: Math.min(from, whole.to) });
    seen = Math.max(seen, to);
  }
  if (seen < whole.to) found.push({ from: seen, to: whole.to });
  return found.filter((stretch) => lengthOf(stretch) > 0 && lengthOf(stretch) >= lengthOf(whole) * IDLE_LEAST);
}

/** Says whether so much of a whole is idle that it is better folded. */
export function isMuch(stretches: readonly Stretch[], whole: Stretch): boolean {
  return stretches.some((stretch) => lengthOf(stretch) > lengthOf(whole) * IDLE_MUCH);
}

interface Piece extends Stretch {
  isFolded: boolean;
  /** Where it begins and how much it takes, in percents. */
  at: number;
  takes: number;
}

/** Where instants stand on an axis, in percents; folded stretches take little of it. */
export class Timescale {
  readonly #pieces: readonly Piece[];

  constructor(
    readonly window: Stretch,
    folded: readonly Stretch[],
  ) {
    const cut = folded
      .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
      .filter((stretch) => lengthOf(stretch) > 0);
    const open = lengthOf(window) - cut.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
    const pieces: Stretch[] = [];
    let seen = window.from;
    for (const stretch of cut) {
      if (stretch.from > seen) pieces.push({ from: seen, to: stretch.from });
      pieces.push(stretch);
      seen = stretch.to;
    }
    if (seen < window.to || pieces.length === 0) pieces.push({ from: seen, to: window.to });
    const weigh = (piece: Stretch) => (cut.includes(piece) ? Math.max(1, open * FOLDED) : Math.max(1, lengthOf(piece)));
    const total = pieces.reduce((sum, piece) => sum + weigh(piece), 0);
    let at = 0;
    this.#pieces = pieces.map((piece) => {
      const takes = (weigh(piece) / total) * 100;
      at += takes;
      return { ...piece, isFolded: cut.includes(piece), at: at - takes, takes };
    });
  }

  /** Where an instant stands; what is outside of the window stands at its end. */
  at(ms: number): number {
    const piece = this.#pieces.findLast(({ from }) => from <= ms) ?? this.#pieces[0]!;
    const part = (ms - piece.from) / Math.max(1, lengthOf(piece));
    return piece.at + piece.takes * Math.min(1, Math.max(0, part));
  }

  /** Which instant stands somewhere. */
  instantAt(percent: number): number {
    const piece = this.#pieces.findLast(({ at }) => at <= percent) ?? this.#pieces[0]!;
    return piece.from + lengthOf(piece) * Math.min(1, Math.max(0, (percent - piece.at) / piece.takes));
  }

  /** What is folded, where it stands, and for how long nothing was there. */
  get folds(): { at: number; takes: number; ms: number }[] {
    return this.#pieces.filter(({ isFolded }) => isFolded).map((piece) => ({ at: piece.at, takes: piece.takes, ms: lengthOf(piece) }));
  }

  /** Says whether something of a stretch is seen. */
  sees({ from, to }: Stretch): boolean {
    return from <= this.window.to && to >= this.window.from;
  }
}

/** Returns a window that shows more or less of a whole than before, around an instant. */
export function zoomed(window: Stretch, whole: Stretch, factor: number, around: number): Stretch {
  const length = Math.min(lengthOf(whole), Math.max(1, lengthOf(window) * factor));
  const from = Math.min(whole.to - length, Math.max(whole.from, around - length / 2));
  return { from, to: from + length };
}
