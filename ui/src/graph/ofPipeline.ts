import { t } from '../i18n/text';
import type { Graph, GraphNode } from './compile';

/** A pipeline as the server draws it: see `crates/pipeline/src/graph.rs`. */
interface Drawing {
  nodes: Drawn[];
  groups: Drawn[];
  edges: { from: string; to: string; kind: string }[];
}

interface Drawn {
  id: string;
  label: string;
  kind: string;
  group: string | null;
  when: string;
  if?: string;
  uses?: string;
  each?: boolean;
}

/** The trigger rule that is not worth a word. */
const USUAL = 'all_success';

/** Makes the graph of a pipeline: tasks are nodes, groups are containers, needs are edges. */
export function ofPipeline(drawing: unknown): Graph {
  const { nodes, groups, edges } = drawing as Drawing;
  const graph: Graph = { nodes: [], edges: [], starts: new Map() };
  const isGroup = new Set(groups.map(({ id }) => id));
  const all = new Map([...groups, ...nodes].map((drawn) => [drawn.id, drawn]));
  const placed = new Set<string>();
  // In the order of the file; a group stands before what is in it.
  const place = (drawn: Drawn) => {
    if (placed.has(drawn.id)) return;
    placed.add(drawn.id);
    if (drawn.group !== null) place(all.get(drawn.group)!);
    graph.nodes.push(nodeOf(drawn, isGroup.has(drawn.id)));
  };
  [...nodes, ...groups].forEach(place);
  const hasNeeds = new Set(edges.map(({ to }) => to));
  for (const { id, group } of all.values()) {
    if (!hasNeeds.has(id)) graph.starts.set(group, [...(graph.starts.get(group) ?? []), id]);
  }
  edges.forEach(({ from, to, kind }, at) => {
    const label = kind === 'needs' ? (all.get(to)?.if ?? '') : kind;
    graph.edges.push({ id: `${from}→${to}#${at}`, from, to, kind: 'next', label, parent: all.get(to)?.group ?? null });
  });
  return graph;
}

function nodeOf(drawn: Drawn, isContainer: boolean): GraphNode {
  const { id, label, kind, group, when, uses, each } = drawn;
  const told = [uses, each && t('common.eachItem'), when !== USUAL && t('common.when', { rule: when.replaceAll('_', ' ') })];
  return {
    id, label, kind, parent: group, isContainer,
    sub: told.filter(Boolean).join(' · '),
    source: { ...drawn },
  };
}
