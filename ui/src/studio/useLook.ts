import { useEffect, useMemo, useRef, useState } from 'react';
import { drafts } from '../api/drafts';
import type { Looked } from '../api/schema';
import { compile, type Graph } from '../graph/compile';
import { ofPipeline } from '../graph/ofPipeline';

/** A pause in writing after which the server is asked what is wrong. */
const PAUSE_MS = 250;

/** What the server said last, and of which text. */
export interface Look {
  text: string;
  looked: Looked;
}

/** Has the server look at a text whenever its writer pauses. */
export function useLook(kind: string, text: string): Look | null {
  const [look, setLook] = useState<Look | null>(null);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setTimeout(() => {
      // Who is away says nothing of the text; the next pause asks again.
      drafts.look(kind, text).then((looked) => latest.current === text && setLook({ text, looked }), () => {});
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [kind, text]);
  return look;
}

/** A graph, and whether the text has moved on since and is broken now. */
export interface Drawn {
  graph: Graph | null;
  isStale: boolean;
}

/** Returns the graph of a text; while it cannot be read, that of the last text that could. */
export function useDrawn(kind: string, text: string, look: Look | null, base: string | undefined): Drawn {
  // Whoever comes back to a broken text sees what it began with.
  const [first] = useState(() => (kind === 'PIPELINE' || base === undefined ? null : compile(base)));
  const last = useRef<Graph | null>(first);
  const drawing = kind === 'PIPELINE' ? look?.looked.graph : undefined;
  const graph = useMemo(() => (kind === 'PIPELINE' ? graphOf(drawing) : compile(text)), [kind, kind === 'PIPELINE' ? drawing : text]);
  if (graph) last.current = graph;
  const isWaiting = kind === 'PIPELINE' && look === null;
  return { graph: graph ?? last.current, isStale: graph === null && !isWaiting };
}

/** Makes the graph of what the server drew, without ways to tasks that are not there. */
export function graphOf(drawing: unknown): Graph | null {
  if (drawing === undefined) return null;
  const graph = ofPipeline(drawing);
  const known = new Set(graph.nodes.map(({ id }) => id));
  return { ...graph, edges: graph.edges.filter(({ from, to }) => known.has(from) && known.has(to)) };
}
