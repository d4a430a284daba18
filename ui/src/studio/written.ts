import type { Graph } from '../graph/compile';
import { pipeline } from './pipeline';

/** Gives each task of a pipeline how it is written: a drawing has no scripts, and they matter to who compares. */
export function asWritten(graph: Graph, text: string): Graph {
  const places = new Map(pipeline.places(text).map(({ id, from, to }) => [id, text.slice(from, to).trim()]));
  const nodes = graph.nodes.map((node) => (node.isContainer ? node : { ...node, source: { ...node.source, written: places.get(node.id) } }));
  return { ...graph, nodes };
}
