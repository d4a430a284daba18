import { useEffect, useRef, useState } from 'react';
import type { Graph } from './compile';

/** From so many states on, containers begin folded. */
export const FOLD_FROM = 60;

/** What each state stands in, by graphs, which do not change: it is asked of each state of large ones. */
const PARENTS = new WeakMap<Graph, ReadonlyMap<string, string | null>>();

function parentsIn(graph: Graph): ReadonlyMap<string, string | null> {
  const known = PARENTS.get(graph) ?? new Map(graph.nodes.map(({ id, parent }) => [id, parent]));
  PARENTS.set(graph, known);
  return known;
}

/** Returns the containers around a state, the innermost first. */
export function ancestors(graph: Graph, id: string): string[] {
  const parents = parentsIn(graph);
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

/** Which containers are open. Those that come into a graph while it is seen are, as those of a new one would be. */
export function useOpen(graph: Graph, step: string | null, begun?: readonly string[], onToggled?: (open: readonly string[]) => void) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => (begun ? new Set(begun) : openAtFirst(graph, step)));
  const isToggled = useRef(false);
  useEffect(() => {
    if (isToggled.current) onToggled?.([...open]);
    isToggled.current = false;
  }, [open]);
  const known = useRef(graph);
  useEffect(() => {
    const before = new Set(known.current.nodes.map(({ id }) => id));
    known.current = graph;
    const fresh = [...openAtFirst(graph, null)].filter((id) => !before.has(id));
    if (fresh.length > 0) setOpen((now) => new Set([...now, ...fresh]));
  }, [graph]);
  // A step that is selected elsewhere is not hidden in a folded container.
  useEffect(() => {
    const around = step === null ? [] : ancestors(graph, step);
    setOpen((now) => (around.every((id) => now.has(id)) ? now : new Set([...now, ...around])));
  }, [graph, step]);
  const toggle = useRef((id: string) => {
    isToggled.current = true;
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }).current;
  return [open, toggle] as const;
}
