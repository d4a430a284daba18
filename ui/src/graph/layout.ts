import { groupBy } from '../state/groupBy';
import type { Graph, GraphEdge, GraphNode } from './compile';

/**
 * Places the states of a graph: layer by layer, container by container, the deepest first.
 *
 * Rows come from the longest path; the order in a row from barycentres; places in a row from least
 * squares, solved exactly by pooling adjacent violators. The last pass goes down, so that chains are
 * straight and joins stand under their fork. The same graph gives the same places everywhere.
 */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  boxes: Map<string, Box>;
  /** Corners of the way of each edge between states that are shown. */
  ways: Map<string, Point[]>;
  width: number;
  height: number;
}

export const NODE = { w: 208, h: 46 };
const FOLDED = { w: 208, h: 58 };
const PAD = { side: 18, top: 44, bottom: 18 };
const GAP = { x: 28, y: 40 };
const DUMMY_W = 10;
/** Edges over more rows go around in the gutter, as do those that lead back. */
const SPAN_MAX = 10;
const LANE = 14;
const ROUNDS = { order: 3, place: 4 };
const WEIGHT = { real: 1, dummy: 3, soft: 0.001, softEdge: 0.2 };

interface Cell {
  id: string;
  w: number;
  h: number;
  x: number;
  rank: number;
  /** Weight of its own wish in its row. */
  weight: number;
  up: Link[];
  down: Link[];
}

interface Link {
  to: Cell;
  weight: number;
}

interface Level {
  boxes: Map<string, Box>;
  ways: Map<string, Point[]>;
  w: number;
  h: number;
}

export function layout(graph: Graph, open: ReadonlySet<string>): Layout {
  const children = groupBy(graph.nodes, (node) => node.parent);
  const edges = groupBy(graph.edges, (edge) => edge.parent);
  const levels = new Map<string, Level>();

  const place = (parent: string | null): Level => {
    const sizes = new Map<string, { w: number; h: number }>();
    for (const node of children.get(parent) ?? []) sizes.set(node.id, size(node));
    return arrange(children.get(parent) ?? [], sizes, edges.get(parent) ?? []);
  };
  const size = (node: GraphNode) => {
    if (!node.isContainer) return NODE;
    if (!open.has(node.id)) return FOLDED;
    const level = place(node.id);
    levels.set(node.id, level);
    return {
      w: Math.max(NODE.w, level.w) + 2 * PAD.side,
      h: Math.max(level.h, 0) + PAD.top + PAD.bottom,
    };
  };

  const result: Layout = { boxes: new Map(), ways: new Map(), width: 0, height: 0 };
  const settle = (level: Level, dx: number, dy: number) => {
    for (const [id, way] of level.ways) {
      result.ways.set(id, way.map(({ x, y }) => ({ x: x + dx, y: y + dy })));
    }
    for (const [id, box] of level.boxes) {
      const at = { ...box, x: box.x + dx, y: box.y + dy };
      result.boxes.set(id, at);
      const inner = levels.get(id);
      if (inner) settle(inner, at.x + (at.w - inner.w) / 2, at.y + PAD.top);
    }
  };
  const root = place(null);
  settle(root, 0, 0);
  return { ...result, width: root.w, height: root.h };
}

/** Places the states of one container, with its upper left corner at 0. */
function arrange(
  nodes: GraphNode[],
  sizes: Map<string, { w: number; h: number }>,
  edges: GraphEdge[],
): Level {
  const cells = new Map<string, Cell>();
  for (const node of nodes) {
    const { w, h } = sizes.get(node.id)!;
    cells.set(node.id, { id: node.id, w, h, x: 0, rank: 0, weight: WEIGHT.real, up: [], down: [] });
  }
  const main = mainEdges(nodes, edges, cells);
  const back = backEdges(nodes, main);
  const forward = main.filter((edge) => !back.has(edge));
  rank(nodes, forward, cells);
  const rows: Cell[][] = [];
  for (const node of nodes) (rows[cells.get(node.id)!.rank] ??= []).push(cells.get(node.id)!);
  const chains = connect(forward, cells, rows);
  order(rows);
  positions(rows);
  return finish(rows, cells, edges, chains);
}

/** A state that is reached by `Catch` alone hangs on its last catcher; other catchers pull nothing. */
function mainEdges(nodes: GraphNode[], edges: GraphEdge[], cells: Map<string, Cell>): GraphEdge[] {
  const inside = edges.filter((edge) => cells.has(edge.to) && edge.from !== edge.to);
  const main = inside.filter((edge) => edge.kind !== 'catch');
  const reached = new Set(main.map((edge) => edge.to));
  for (const node of nodes) {
    if (reached.has(node.id)) continue;
    const catcher = inside.findLast((edge) => edge.to === node.id);
    if (!catcher) continue;
    main.push(catcher);
    cells.get(node.id)!.weight = WEIGHT.soft;
  }
  return main;
}

/** Finds the edges that close a loop, by going deep in the order of the definition. */
function backEdges(nodes: GraphNode[], edges: GraphEdge[]): Set<GraphEdge> {
  const out = groupBy(edges, (edge) => edge.from);
  const state = new Map<string, 'open' | 'done'>();
  const back = new Set<GraphEdge>();
  for (const { id } of nodes) {
    if (state.has(id)) continue;
    state.set(id, 'open');
    const stack = [{ id, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const edge = (out.get(top.id) ?? [])[top.next++];
      if (!edge) {
        state.set(top.id, 'done');
        stack.pop();
      } else if (state.get(edge.to) === 'open') {
        back.add(edge);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        stack.push({ id: edge.to, next: 0 });
      }
    }
  }
  return back;
}

/** The row of a state is the length of the longest way to it. */
function rank(nodes: GraphNode[], edges: GraphEdge[], cells: Map<string, Cell>): void {
  const waits = new Map<string, number>();
  for (const edge of edges) waits.set(edge.to, (waits.get(edge.to) ?? 0) + 1);
  const out = groupBy(edges, (edge) => edge.from);
  const ready = nodes.map((node) => node.id).filter((id) => !waits.has(id));
  for (let at = 0; at < ready.length; at++) {
    const from = cells.get(ready[at]!)!;
    for (const { to } of out.get(from.id) ?? []) {
      const cell = cells.get(to)!;
      cell.rank = Math.max(cell.rank, from.rank + 1);
      waits.set(to, waits.get(to)! - 1);
      if (waits.get(to) === 0) ready.push(to);
    }
  }
}

/** Links rows that follow each other; edges over several rows pass through places of their own. */
function connect(edges: GraphEdge[], cells: Map<string, Cell>, rows: Cell[][]): Map<GraphEdge, Cell[]> {
  const chains = new Map<GraphEdge, Cell[]>();
  for (const edge of edges) {
    const from = cells.get(edge.from)!;
    const to = cells.get(edge.to)!;
    if (to.rank - from.rank > SPAN_MAX) continue;
    const soft = edge.kind === 'catch' ? WEIGHT.softEdge : 1;
    const chain = [from];
    for (let at = from.rank + 1; at < to.rank; at++) {
      const dummy: Cell = {
        id: `${edge.id}@${at}`, w: DUMMY_W, h: 0, x: 0, rank: at, weight: WEIGHT.dummy, up: [], down: [],
      };
      rows[at]!.push(dummy);
      chain.push(dummy);
    }
    chain.push(to);
    for (let at = 1; at < chain.length; at++) {
      const [upper, lower] = [chain[at - 1]!, chain[at]!];
      const weight = (chain.length > 2 ? 2 : 1) * soft;
      upper.down.push({ to: lower, weight });
      lower.up.push({ to: upper, weight });
    }
    chains.set(edge, chain);
  }
  return chains;
}

function order(rows: Cell[][]): void {
  const down = () => rows.forEach((row, at) => at > 0 && sort(row, rows[at - 1]!, 'up'));
  const up = () => rows.toReversed().forEach((row, at, all) => at > 0 && sort(row, all[at - 1]!, 'down'));
  for (let round = 0; round < ROUNDS.order; round++) {
    down();
    up();
  }
  down();
}

function sort(row: Cell[], fixed: Cell[], side: 'up' | 'down'): void {
  const index = new Map(fixed.map((cell, at) => [cell, at]));
  const wish = new Map(
    row.map((cell, at) => [cell, mean(cell[side], (other) => index.get(other) ?? at) ?? at]),
  );
  const before = new Map(row.map((cell, at) => [cell, at]));
  row.sort((a, b) => wish.get(a)! - wish.get(b)! || before.get(a)! - before.get(b)!);
}

function mean(links: Link[], value: (cell: Cell) => number): number | null {
  let sum = 0;
  let weights = 0;
  for (const { to, weight } of links) {
    sum += weight * value(to);
    weights += weight;
  }
  return weights > 0 ? sum / weights : null;
}

function positions(rows: Cell[][]): void {
  for (const row of rows) pool(row, row.map(() => 0));
  const pass = (row: Cell[], side: 'up' | 'down') =>
    pool(row, row.map((cell) => mean(cell[side], (other) => other.x) ?? cell.x));
  for (let round = 0; round < ROUNDS.place; round++) {
    for (const row of rows) pass(row, 'up');
    if (round < ROUNDS.place - 1) for (const row of rows.toReversed()) pass(row, 'down');
  }
}

/** Moves the cells of a row as little from where they want to be as their widths allow. */
export function pool(row: { w: number; x: number; weight: number }[], want: number[]): void {
  const offsets: number[] = [];
  let offset = 0;
  row.forEach((cell, at) => {
    if (at > 0) offset += (row[at - 1]!.w + cell.w) / 2 + GAP.x;
    offsets.push(offset);
  });
  const blocks: { value: number; weight: number; count: number }[] = [];
  row.forEach((cell, at) => {
    let block = { value: want[at]! - offsets[at]!, weight: cell.weight, count: 1 };
    while (blocks.length > 0 && blocks.at(-1)!.value > block.value) {
      const last = blocks.pop()!;
      const weight = block.weight + last.weight;
      const value = (block.value * block.weight + last.value * last.weight) / weight;
      block = { value, weight, count: block.count + last.count };
    }
    blocks.push(block);
  });
  let at = 0;
  for (const { value, count } of blocks) {
    for (let k = 0; k < count; k++, at++) row[at]!.x = value + offsets[at]!;
  }
}

/** Turns rows into boxes with their corner at 0, and edges into ways between them. */
function finish(
  rows: Cell[][],
  cells: Map<string, Cell>,
  edges: GraphEdge[],
  chains: Map<GraphEdge, Cell[]>,
): Level {
  const all = rows.flat();
  const left = Math.min(0, ...all.map((cell) => cell.x - cell.w / 2));
  const right = Math.max(0, ...all.map((cell) => cell.x + cell.w / 2));
  const tops: number[] = [];
  let y = 0;
  for (const row of rows) {
    tops.push(y);
    y += Math.max(...row.map((cell) => cell.h), 0) + GAP.y;
  }
  const bottom = Math.max(0, y - GAP.y);
  const round = (value: number) => Math.round(value * 2) / 2;
  const boxes = new Map<string, Box>();
  for (const cell of cells.values()) {
    boxes.set(cell.id, { x: round(cell.x - cell.w / 2 - left), y: tops[cell.rank]!, w: cell.w, h: cell.h });
  }
  const ways = new Map<string, Point[]>();
  let lanes = 0;
  for (const edge of edges) {
    const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
    if (!from || !to) continue;
    const chain = chains.get(edge);
    if (chain) {
      const middle = chain.slice(1, -1).map((cell) => round(cell.x - left));
      ways.set(edge.id, downwards(from, to, middle, tops, chain[0]!.rank));
    } else {
      lanes += 1;
      ways.set(edge.id, around(from, to, right - left + lanes * LANE));
    }
  }
  return { boxes, ways, w: right - left + lanes * LANE, h: bottom };
}

/** Goes down row by row; sideways only in the gap above each row. */
function downwards(from: Box, to: Box, middle: number[], tops: number[], rank: number): Point[] {
  let x = from.x + from.w / 2;
  const way: Point[] = [{ x, y: from.y + from.h }];
  [...middle, to.x + to.w / 2].forEach((next, at) => {
    const turn = tops[rank + 1 + at]! - GAP.y / 2;
    if (next !== x) way.push({ x, y: turn }, { x: next, y: turn });
    x = next;
  });
  way.push({ x, y: to.y });
  return way;
}

/** Goes out on the right, along the gutter, and in on the right. */
function around(from: Box, to: Box, lane: number): Point[] {
  const [start, end] = [from.y + from.h / 2, to.y + to.h / 2];
  return [
    { x: from.x + from.w, y: start },
    { x: lane, y: start },
    { x: lane, y: end },
    { x: to.x + to.w, y: end },
  ];
}

/** Writes a way as the path of an SVG, with round corners. */
export function path(way: Point[], radius = 6): string {
  const [first, ...rest] = way;
  if (!first) return '';
  let text = `M${first.x},${first.y}`;
  rest.forEach((point, at) => {
    const next = rest[at + 1];
    if (!next) {
      text += `L${point.x},${point.y}`;
      return;
    }
    const before = way[at]!;
    const cut = (other: Point) => Math.min(radius, Math.hypot(other.x - point.x, other.y - point.y) / 2);
    const toward = (other: Point) => {
      const length = Math.hypot(other.x - point.x, other.y - point.y) || 1;
      const r = cut(other) / length;
      return `${point.x + (other.x - point.x) * r},${point.y + (other.y - point.y) * r}`;
    };
    text += `L${toward(before)}Q${point.x},${point.y} ${toward(next)}`;
  });
  return text;
}
