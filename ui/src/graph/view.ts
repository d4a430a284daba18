import type { Box, Point } from './layout';

export const ZOOM = {
  least: 0.03,
  most: 1.6,
  /** Below this, names cannot be read. */
  readable: 0.42,
};
/** What stays free beside a graph that is fitted into its pane, on each side of it. */
export interface Room {
  x: number;
  y: number;
}
/** So much of the graph stays in the pane, wherever it is moved. */
const KEPT = 48;

/** So much more than fills a pane lies near it, on each side. */
const NEAR = 0.25;

/** What part of a graph is seen in a pane: where its origin stands there, and how large it is drawn. */
export class View {
  x = 0;
  y = 0;
  zoom = 1;
  /** Size of the pane; nothing is seen before it is known. */
  width = 0;
  height = 0;
  /** Size of the graph. */
  #graph = { width: 0, height: 0 };
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  resize(width: number, height: number): void {
    [this.width, this.height] = [width, height];
    this.#tell();
  }

  /** Says how large the graph is that is seen. */
  over(width: number, height: number): void {
    this.#graph = { width, height };
  }

  set(x: number, y: number, zoom: number): void {
    this.zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, zoom));
    this.x = kept(x, this.#graph.width * this.zoom, this.width);
    this.y = kept(y, this.#graph.height * this.zoom, this.height);
    this.#tell();
  }

  moveBy(dx: number, dy: number): void {
    this.set(this.x + dx, this.y + dy, this.zoom);
  }

  /** Zooms, while what is at a point of the pane stays there. */
  zoomAt({ x, y }: Point, factor: number): void {
    const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, this.zoom * factor));
    const by = zoom / this.zoom;
    this.set(x - (x - this.x) * by, y - (y - this.y) * by, zoom);
  }

  zoomBy(factor: number): void {
    this.zoomAt({ x: this.width / 2, y: this.height / 2 }, factor);
  }

  /** Returns how large the whole graph can be drawn. */
  zoomToFit(room: Room, most: number): number {
    const { width, height } = this.#graph;
    return Math.min(most, (this.width - 2 * room.x) / Math.max(1, width), (this.height - 2 * room.y) / Math.max(1, height));
  }

  /** Shows the whole graph, or its beginning where that would be too small. */
  fit(room: Room, most: number): void {
    const zoom = Math.max(ZOOM.least, this.zoomToFit(room, most));
    const { width, height } = this.#graph;
    this.set((this.width - width * zoom) / 2, Math.max(room.y, (this.height - height * zoom) / 2), zoom);
  }

  /** Puts a point of the graph into the middle. */
  centre({ x, y }: Point, zoom = this.zoom): void {
    this.set(this.width / 2 - x * zoom, this.height / 2 - y * zoom, zoom);
  }

  /** Moves as little as is needed to see a box; one that is larger than the pane is seen from its top. */
  reveal({ x, y, w, h }: Box): void {
    const [left, top] = [x * this.zoom + this.x, y * this.zoom + this.y];
    const seen = Math.min(h * this.zoom, this.height);
    const isSeen = left >= 0 && top >= 0 && left + w * this.zoom <= this.width && top + seen <= this.height;
    if (!isSeen) this.centre({ x: x + w / 2, y: y + Math.min(h, this.height / this.zoom) / 2 });
  }

  /** Returns where in the graph a point of the pane is. */
  toGraph({ x, y }: Point): Point {
    return { x: (x - this.x) / this.zoom, y: (y - this.y) / this.zoom };
  }

  /** Returns what is seen of the graph with what lies near it: the same for as long as little is moved or zoomed. */
  near(): Box {
    if (this.width === 0 || this.height === 0) return { x: 0, y: 0, w: 0, h: 0 };
    const side = 2 ** Math.ceil(Math.log2(Math.max(this.width, this.height) / this.zoom));
    const [first, last] = [this.toGraph({ x: 0, y: 0 }), this.toGraph({ x: this.width, y: this.height })];
    const from = (at: number) => Math.floor(at / side - NEAR) * side;
    const to = (at: number) => Math.ceil(at / side + NEAR) * side;
    const [x, y] = [from(first.x), from(first.y)];
    return { x, y, w: to(last.x) - x, h: to(last.y) - y };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Whether something of a box, or of a way, is within another. */
export function meets({ x, y, w, h }: Box, points: readonly Point[]): boolean {
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  return Math.max(...xs) >= x && Math.min(...xs) <= x + w && Math.max(...ys) >= y && Math.min(...ys) <= y + h;
}

/** Keeps a side of the graph within reach of the pane. */
function kept(at: number, size: number, pane: number): number {
  const least = Math.min(KEPT, size);
  return Math.min(pane - least, Math.max(least - size, at));
}
