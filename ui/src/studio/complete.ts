import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';

/** Functions that are used most; the language has more. */
const JSONATA = ['$count', '$exists', '$join', '$keys', '$lookup', '$map', '$filter', '$merge', '$now', '$number', '$parse', '$round', '$string', '$sum', '$uuid'];
/** What the context object has, as far as it is known before a run. */
const CONTEXT = {
  Execution: { Id: '', Input: {}, Name: '', RoleArn: '', StartTime: '', RedriveCount: 0 },
  State: { EnteredTime: '', Name: '', RetryCount: 0 },
  StateMachine: { Id: '', Name: '' },
  Task: { Token: '' },
  Map: { Item: { Index: 0, Key: '', Value: {} } },
};
const LINKS = /"(?:Next|Default|StartAt)"\s*:\s*"([^"]*)$/;
const NEEDS = /^\s*(?:[\w-]+:\s*\{)?\s*needs:\s*(?:\[[^\]]*?)?([\w-]*)$/;
/** Most names of one object that are offered. */
const NAMES_MAX = 200;

/** What there is to complete with. */
export interface Known {
  isYaml: boolean;
  /** The names that links can have. */
  steps: readonly string[];
  /** The sample input: JSON text. */
  sample: string;
  /** The names of variables that states assign. */
  variables: () => readonly string[];
}

/** Completes names of steps where they are linked, and paths over the sample where they are read. */
export function complete({ isYaml, steps, sample, variables }: Known, context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const link = (isYaml ? NEEDS : LINKS).exec(before);
  if (link) return options(context.pos - link[1]!.length, steps.map((label) => ({ label, type: 'constant' })));
  const read = isYaml ? readInPipeline(before, steps) : readInMachine(before, variables);
  if (!read) return null;
  return over(read, read.of === 'context' ? CONTEXT : parsed(sample), context.pos);
}

/** A path that is being written: what it begins with, the names in it, and the piece that is not finished. */
interface Read {
  names: string[];
  rest: string;
  /** What can stand at its beginning. */
  roots: readonly string[];
  /** What the names lead into, if not to these roots. */
  of?: 'sample' | 'context';
}

function readInMachine(before: string, variables: Known['variables']): Read | null {
  const expression = /\{%(?:(?!%\}).)*$/.exec(before)?.[0];
  const own = () => variables().map((name) => `$${name}`);
  if (expression !== undefined) {
    const word = /\$?[\w$.]*$/.exec(expression)![0];
    const [first, ...names] = word.split('.');
    if (names.length === 0) {
      return { names: [], rest: word, roots: ['$states.input', '$states.context', '$states.result', ...own(), ...JSONATA] };
    }
    if (first !== '$states') return null;
    const [part, ...inner] = names;
    const rest = names.at(-1)!;
    if (inner.length === 0) return { names: [], rest: part!, roots: ['input', 'result', 'context', 'errorOutput'] };
    const of = ({ input: 'sample', context: 'context' } as const)[part!];
    return of ? { names: inner.slice(0, -1), rest, roots: [], of } : null;
  }
  const [, dollars, path = ''] = /"(\$\$?)((?:\.[\w]*)*)$/.exec(before) ?? [];
  if (dollars === undefined) return readVariable(before, own);
  if (path === '') return null;
  const names = path.slice(1).split('.');
  return { names: names.slice(0, -1), rest: names.at(-1)!, roots: [], of: dollars === '$' ? 'sample' : 'context' };
}

/** A path may begin with a variable. */
function readVariable(before: string, own: () => string[]): Read | null {
  const rest = /"(\$\w+)$/.exec(before)?.[1];
  return rest === undefined ? null : { names: [], rest, roots: own() };
}

function readInPipeline(before: string, steps: readonly string[]): Read | null {
  const expression = /(?:\$\{\{(?:(?!\}\}).)*|^\s*if:\s.*)$/.exec(before)?.[0];
  if (expression === undefined) return null;
  const names = /[\w.-]*$/.exec(expression)![0].split('.');
  const rest = names.at(-1)!;
  if (names.length === 1) return { names: [], rest, roots: ['params', 'needs', 'vars', 'env', 'run', 'trigger', 'item'] };
  if (names[0] === 'params') return { names: names.slice(1, -1), rest, roots: [], of: 'sample' };
  if (names[0] !== 'needs') return null;
  if (names.length === 2) return { names: [], rest, roots: steps };
  return names.length === 3 ? { names: [], rest, roots: ['output', 'state', 'artifacts'] } : null;
}

function over({ names, rest, roots, of }: Read, sample: unknown, pos: number): CompletionResult | null {
  const from = pos - rest.length;
  if (!of) return options(from, roots.map((label) => ({ label, type: 'variable' })));
  let at = sample;
  for (const name of names) at = inside(at)?.[name];
  const found = inside(at);
  if (!found) return null;
  return options(from, Object.entries(found).slice(0, NAMES_MAX).map(([label, value]) => ({ label, type: 'property', detail: brief(value) })));
}

function inside(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function options(from: number, all: Completion[]): CompletionResult | null {
  return all.length === 0 ? null : { from, options: all, validFor: /^[\w $.-]*$/ };
}

/** Shows the beginning of a value beside its name. */
function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

function parsed(sample: string): unknown {
  try {
    return JSON.parse(sample);
  } catch {
    return null;
  }
}
