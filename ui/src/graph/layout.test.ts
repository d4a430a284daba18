import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile, type Graph } from './compile';
import { openAtFirst } from './fold';
import { type Box, layout, NODE, pool } from './layout';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
/** A graph of 500 states is placed within this time on a slow machine. */
const BUDGET_MS = 60;

const machine = (states: object, startAt = Object.keys(states)[0]) => compile(JSON.stringify({ StartAt: startAt, States: states }))!;
const all = (graph: Graph) => new Set(graph.nodes.filter((node) => node.isContainer).map((node) => node.id));
const centre = (box: Box) => box.x + box.w / 2;

function overlaps(graph: Graph, boxes: Map<string, Box>): string[] {
  const siblings = new Map<string | null, string[]>();
  for (const { id, parent } of graph.nodes) siblings.set(parent, [...(siblings.get(parent) ?? []), id]);
  const found: string[] = [];
  for (const ids of siblings.values()) {
    ids.forEach((a, at) => {
      for (const b of ids.slice(at + 1)) {
        const [one, two] = [boxes.get(a)!, boxes.get(b)!];
        const apart = one.x + one.w <= two.x || two.x + two.w <= one.x || one.y + one.h <= two.y || two.y + two.h <= one.y;
        if (!apart) found.push(`${a} and ${b}`);
      }
    });
  }
  return found;
}

const definition = (name: string) => new URL(`${name}/${name}.asl.json`, EXAMPLES);
const examples = readdirSync(EXAMPLES).filter((name) => existsSync(definition(name))).toSorted();

describe.each(examples)('the example %s', (name) => {
  const graph = compile(readFileSync(definition(name), 'utf8'))!;
  const placed = layout(graph, all(graph));

  it('has all states in their places', async () => {
    const boxes = [...placed.boxes].map(([id, { x, y, w, h }]) => `${id}: ${x},${y} ${w}×${h}`).join('\n');
    const ways = [...placed.ways].map(([id, way]) => `${id}: ${way.map(({ x, y }) => `${x},${y}`).join(' ')}`).join('\n');
    await expect(`${boxes}\n\n${ways}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('has no states on top of each other', () => {
    expect(overlaps(graph, placed.boxes)).toEqual([]);
  });

  it('is placed the same again', () => {
    expect(layout(graph, all(graph))).toEqual(placed);
  });
});

it('draws a chain straight', () => {
  const graph = machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'C' }, C: { Type: 'Pass', End: true } });
  const { boxes, ways } = layout(graph, new Set());
  expect(new Set([...boxes.values()].map(centre)).size).toBe(1);
  expect([...ways.values()].map((way) => way.length)).toEqual([2, 2]);
});

it('puts a join under its fork', () => {
  const graph = machine({
    C: { Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'L' }], Default: 'R' },
    L: { Type: 'Pass', Next: 'J' },
    R: { Type: 'Pass', Next: 'J' },
    J: { Type: 'Succeed' },
  });
  const { boxes } = layout(graph, new Set());
  expect(centre(boxes.get('J')!)).toBe(centre(boxes.get('C')!));
});

it('leads back on the right', () => {
  const graph = machine({
    A: { Type: 'Pass', Next: 'B' },
    B: { Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'A' }], Default: 'C' },
    C: { Type: 'Succeed' },
  });
  const { boxes, ways } = layout(graph, new Set());
  const back = ways.get(graph.edges.find((edge) => edge.to === 'A')!.id)!;
  const right = Math.max(...[...boxes.values()].map((box) => box.x + box.w));
  expect(Math.max(...back.map(({ x }) => x))).toBeGreaterThan(right);
});

it('keeps a folded container small and what is inside hidden', () => {
  const inner = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
  const graph = machine({ M: { Type: 'Map', ItemProcessor: inner, End: true } });
  expect([...layout(graph, new Set()).boxes.keys()]).toEqual(['M']);
  const open = layout(graph, new Set(['M'])).boxes;
  expect(open.get('M')!.h).toBeGreaterThan(NODE.h);
  expect(open.get('I')!.y).toBeGreaterThan(open.get('M')!.y);
});

it('keeps cells apart and otherwise where they want to be', () => {
  const row = [0, 0, 0].map(() => ({ w: 100, x: 0, weight: 1 }));
  pool(row, [0, 0, 500]);
  expect(row.map(({ x }) => x)).toEqual([-64, 64, 500]);
});

/** A machine of five hundred states: chains, choices, and blocks within blocks. */
function large(): Graph {
  const states: Record<string, object> = {};
  for (let at = 0; at < 50; at++) {
    const next = at < 49 ? { Next: `S${at + 1}` } : { End: true };
    const chain = (name: string) => ({
      StartAt: `${name}0`,
      States: Object.fromEntries(
        [0, 1, 2].map((step) => [`${name}${step}`, { Type: 'Pass', ...(step < 2 ? { Next: `${name}${step + 1}` } : { End: true }) }]),
      ),
    });
    states[`S${at}`] = { Type: 'Parallel', Branches: ['a', 'b', 'c'].map((branch) => chain(`S${at}${branch}`)), ...next };
  }
  return machine(states);
}

it('places five hundred states within the budget', () => {
  const graph = large();
  expect(graph.nodes.length).toBe(500);
  // The time of the processor, and the best of several: others may be at work beside the test.
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    layout(graph, all(graph));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  expect(Math.min(...times)).toBeLessThan(BUDGET_MS);
  expect(overlaps(graph, layout(graph, all(graph)).boxes)).toEqual([]);
});

it('opens of a large graph only what is around the selected step', () => {
  const graph = large();
  expect(openAtFirst(graph, null)).toEqual(new Set());
  expect(openAtFirst(graph, 'S7b1')).toEqual(new Set(['S7']));
  expect(openAtFirst(machine({ P: { Type: 'Parallel', Branches: [], End: true } }), null)).toEqual(new Set(['P']));
});
