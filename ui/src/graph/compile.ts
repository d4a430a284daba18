import { t } from '../i18n/text';

/** A state of a definition, whose name is unique in all of it, or a task of a pipeline. */
export interface GraphNode {
  id: string;
  /** What it is called, if that is not its id. */
  label?: string;
  /** Of a state its type, of a task what it does. */
  kind: string;
  /** What is called, waited for or chosen, in a few words. */
  sub: string;
  /** The Parallel or Map it stands in. */
  parent: string | null;
  isContainer: boolean;
  /** It runs in runs of their own, one for each item of a distributed Map. */
  isOfItems?: boolean;
  /** The state as the definition has it. */
  source: Record<string, unknown>;
}

export type EdgeKind = 'next' | 'choice' | 'default' | 'catch';

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  kind: EdgeKind;
  label: string;
  /** Both ends stand in it. */
  parent: string | null;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** The states that each block begins with, by the container; the root's under `null`. */
  starts: Map<string | null, string[]>;
}

type Json = Record<string, unknown>;

const KINDS = new Set(['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map']);

function object(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `arn:aws:states:::lambda:invoke` is `lambda:invoke`; an ARN with an owner is its last part. */
function resource(value: unknown): string {
  const parts = String(value ?? '').split(':');
  if (parts[2] === 'states' && parts[4] === '') return parts.slice(5).join(':');
  return parts.at(-1) ?? '';
}

function isDistributed(state: Json): boolean {
  return object(object(state['ItemProcessor'])?.['ProcessorConfig'])?.['Mode'] === 'DISTRIBUTED';
}

function subtitle(state: Json): string {
  switch (state['Type']) {
    case 'Task': {
      const call = object(state['Arguments']) ?? object(state['Parameters']);
      const name = call?.['FunctionName'] ?? call?.['Command'] ?? call?.['Url'];
      const called = resource(state['Resource']);
      return typeof name === 'string' && !name.startsWith('{%') ? `${called} · ${name}` : called;
    }
    case 'Wait': {
      const [field, value] = Object.entries(state).find(([name]) => /^(Seconds|Timestamp)/.test(name)) ?? [];
      if (field === undefined) return '';
      return field === 'Seconds' && typeof value === 'number' ? t('units.s', { n: value }) : String(value);
    }
    case 'Choice':
      return t('common.rules', { n: list(state['Choices']).length });
    case 'Map':
      return isDistributed(state)
        ? t('common.eachItemDistributed')
        : t('common.eachItem');
    case 'Parallel':
      return t('common.branches', { n: list(state['Branches']).length });
    case 'Fail':
      return String(state['Error'] ?? '');
    default:
      return '';
  }
}

/** Returns the error that a Fail has in the definition itself; `null` if there is none, or it comes of an expression. */
export function writtenError({ kind, source }: GraphNode): { error: string; cause?: string } | null {
  const [error, cause] = [source['Error'], source['Cause']].map((text) => (typeof text === 'string' && !text.startsWith('{%') ? text : undefined));
  if (kind !== 'Fail' || error === undefined) return null;
  return { error, ...(cause !== undefined && { cause }) };
}

/** Says in a few words when a rule of a Choice holds. */
export function condition(rule: Json): string {
  if (typeof rule['Condition'] === 'string') return rule['Condition'].replace(/^\{%\s*|\s*%\}$/g, '');
  for (const [word, join] of [
    ['And', ' and '],
    ['Or', ' or '],
  ] as const) {
    const parts = list(rule[word]).map((part) => condition(object(part) ?? {}));
    if (parts.length > 0) return parts.join(join);
  }
  if (object(rule['Not'])) return `not ${condition(object(rule['Not'])!)}`;
  const [test, value] = Object.entries(rule).find(([name]) => !['Variable', 'Next', 'Comment', 'Assign'].includes(name)) ?? [];
  if (test === undefined) return '';
  const words = test.replace(/^(String|Numeric|Boolean|Timestamp)/, '').replace(/Path$/, '');
  const sign = { Equals: '=', LessThan: '<', GreaterThan: '>', LessThanEquals: '≤', GreaterThanEquals: '≥' }[words] ?? words;
  return `${String(rule['Variable'] ?? '')} ${sign} ${JSON.stringify(value)}`;
}

/** Makes the graph of a definition; `null` if the text is none. */
export function compile(text: string): Graph | null {
  let definition: Json | null;
  try {
    definition = object(JSON.parse(text));
  } catch {
    return null;
  }
  if (!definition || !object(definition['States'])) return null;
  const graph: Graph = { nodes: [], edges: [], starts: new Map() };
  block(graph, definition, null, false);
  return graph;
}

function block(graph: Graph, machine: Json, parent: string | null, isOfItems: boolean): void {
  const starts = graph.starts.get(parent) ?? [];
  graph.starts.set(parent, [...starts, String(machine['StartAt'])]);
  for (const [id, value] of Object.entries(object(machine['States']) ?? {})) {
    const source = object(value) ?? {};
    const kind = String(source['Type']);
    if (!KINDS.has(kind)) continue;
    const inner = [...list(source['Branches']), source['ItemProcessor'], source['Iterator']];
    const blocks = inner.map(object).filter((machine) => machine !== null);
    const isContainer = kind === 'Parallel' || kind === 'Map';
    graph.nodes.push({ id, kind, sub: subtitle(source), parent, isContainer, source, ...(isOfItems && { isOfItems }) });
    edges(graph, id, source, parent);
    for (const machine of blocks) block(graph, machine, id, isOfItems || isDistributed(source));
  }
}

function edges(graph: Graph, from: string, state: Json, parent: string | null): void {
  const add = (to: unknown, kind: EdgeKind, label: string) => {
    if (typeof to !== 'string') return;
    graph.edges.push({ id: `${from}→${to}#${graph.edges.length}`, from, to, kind, label, parent });
  };
  add(state['Next'], 'next', '');
  for (const rule of list(state['Choices']).map(object)) {
    if (rule) add(rule['Next'], 'choice', condition(rule));
  }
  add(state['Default'], 'default', t('common.otherwise'));
  for (const catcher of list(state['Catch']).map(object)) {
    if (catcher) add(catcher['Next'], 'catch', list(catcher['ErrorEquals']).join(', '));
  }
}
