import type { Graph, GraphNode } from '../graph/compile';

export type Mark = 'added' | 'removed' | 'changed';

/** Two graphs in one: what is gone stands beside what is there. */
export interface Compared {
  graph: Graph;
  marks: ReadonlyMap<string, Mark>;
}

/** Marks what is new, gone or different in a graph. */
export function compare(before: Graph, after: Graph): Compared {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const present = new Set(after.nodes.map(({ id }) => id));
  const marks = new Map<string, Mark>();
  for (const node of after.nodes) {
    const was = old.get(node.id);
    if (!was) marks.set(node.id, 'added');
    else if (own(was.source) !== own(node.source) || needs(before, node) !== needs(after, node)) marks.set(node.id, 'changed');
  }
  const gone = before.nodes.filter(({ id }) => !present.has(id));
  // A step whose container is gone as well stands in it still.
  const stands = (parent: string | null) => parent === null || present.has(parent) || old.has(parent);
  for (const { id } of gone) marks.set(id, 'removed');
  const all = [...after.nodes, ...gone.filter(({ parent }) => stands(parent))];
  const known = new Set(all.map(({ id }) => id));
  const lost = before.edges.filter(({ from, to }) => !present.has(from) || !present.has(to));
  const edges = [...after.edges, ...lost.filter(({ from, to }) => known.has(from) && known.has(to))];
  return { graph: { ...after, nodes: all, edges: edges.map((edge, at) => ({ ...edge, id: `${edge.from}→${edge.to}#${at}` })) }, marks };
}

/** What stands inside of a step counts for itself. */
function own(source: Record<string, unknown>): string {
  const { Branches: _branches, ItemProcessor: _processor, Iterator: _iterator, ...rest } = source;
  return JSON.stringify(rest);
}

/** What a task needs; what leads to a state stands in other states. */
function needs({ edges }: Graph, { id, source }: GraphNode): string {
  if ('Type' in source) return '';
  return edges.filter(({ to }) => to === id).map(({ from }) => from).toSorted().join('\n');
}
