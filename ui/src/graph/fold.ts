import type { Graph } from './compile';

/** From so many states on, containers begin folded. */
export const FOLD_FROM = 60;

/** Returns the containers around a state, the innermost first. */
export function ancestors(graph: Graph, id: string): string[] {
  const parents = new Map(graph.nodes.map((node) => [node.id, node.parent]));
  const found: string[] = [];
  for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null) found.push(at);
  return found;
}

/** Returns which containers are open at first: all of a small graph, else those around `focus`. */
export function openAtFirst(graph: Graph, focus: string | null): Set<string> {
  const containers = graph.nodes.filter((node) => node.isContainer);
  if (graph.nodes.length < FOLD_FROM) return new Set(containers.map((node) => node.id));
  const around = focus === null ? [] : ancestors(graph, focus);
  const self = containers.some((node) => node.id === focus) ? [focus!] : [];
  return new Set([...around, ...self]);
}
