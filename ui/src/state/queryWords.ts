import { LONGER, SINCE } from '../router';
import { STATUSES } from './runStatuses';
import { tokensOf, valueText } from './runQuery';

/** What the fields of queries hold. */
type Kind = 'text' | 'word' | 'time' | 'duration' | 'number' | 'attribute';

const FIELDS: Readonly<Record<string, Kind>> = {
  status: 'word', workflow: 'text', name: 'text', version: 'text', alias: 'text', started: 'time', stopped: 'time', duration: 'duration', redrives: 'number',
  waiting: 'word', error: 'text',
};
/** What runs can be known to wait for. */
const WAITING = ['people', 'event', 'asset'] as const;
const ORDERED = ['>', '>=', '<', '<='] as const;
const OPERATORS: Readonly<Record<Kind, readonly string[]>> = {
  text: ['=', '!=', 'contains', 'starts with', 'in', 'exists'],
  word: ['=', '!=', 'in'],
  time: [...ORDERED, 'exists'],
  duration: ORDERED,
  number: ['=', '!=', ...ORDERED],
  attribute: ['=', '!=', 'contains', 'starts with', ...ORDERED, 'in', 'exists'],
};

/** What is known of the runs that are searched. */
export interface Known {
  workflows: readonly string[];
  /** Values that runs have, by what they are searched by, such as `input.customer`. */
  attributes: ReadonlyMap<string, readonly string[]>;
}

/** What can stand at a place of a query: it takes the place of what is written from there on. */
export interface Completion {
  from: number;
  to: number;
  words: readonly string[];
}

type Expected = 'field' | 'operator' | 'with' | 'open' | 'value' | 'listed' | 'listNext' | 'join';

/** What a word or sign makes of what is expected; nothing where it cannot stand there. */
const STEPS: Readonly<Record<Expected, (text: string) => Expected | null>> = {
  field: (text) => (text === '(' || text === 'not' ? 'field' : 'operator'),
  operator: (text) => (({ contains: 'value', starts: 'with', exists: 'join', in: 'open' }) as const)[text] ?? (/^[!=<>]=?$/.test(text) ? 'value' : null),
  with: (text) => (text === 'with' ? 'value' : null),
  open: (text) => (text === '(' ? 'listed' : null),
  value: () => 'join',
  listed: () => 'listNext',
  listNext: (text) => (({ ',': 'listed', ')': 'join' }) as const)[text] ?? null,
  join: (text) => (text === ')' ? 'join' : text === 'and' || text === 'or' ? 'field' : null),
};

/** Returns what can stand where the cursor is. */
export function completionsAt(text: string, cursor: number, known: Known): Completion {
  const before = tokensOf(text.slice(0, cursor));
  const last = before.at(-1);
  // A sign is whole; a word may go on at the cursor.
  const begun = last && last.to === cursor && last.kind !== 'sign' ? before.pop() : undefined;
  const from = begun?.from ?? cursor;
  const to = begun ? (tokensOf(text).find((token) => token.from === from)?.to ?? cursor) : cursor;
  let expected: Expected | null = 'field';
  let field = '';
  for (const token of before) {
    if (expected === 'field') field = token.text;
    expected = expected && STEPS[expected](token.kind === 'quoted' ? '' : token.text.toLowerCase());
  }
  if (expected === null) return { from, to, words: [] };
  const wanted = (begun?.text ?? '').toLowerCase();
  const words = wordsFor(expected, field, known).filter((word) => word.toLowerCase().includes(wanted) && word !== begun?.text);
  const isFirst = (word: string) => word.toLowerCase().startsWith(wanted);
  return { from, to, words: [...words.filter(isFirst), ...words.filter((word) => !isFirst(word))] };
}

function wordsFor(expected: Expected, field: string, known: Known): readonly string[] {
  switch (expected) {
    case 'field':
      return [...Object.keys(FIELDS), ...known.attributes.keys(), 'not'];
    case 'operator':
      return OPERATORS[FIELDS[field] ?? 'attribute'];
    case 'value':
    case 'listed':
      return valuesOf(field, known).map(valueText);
    case 'with':
      return ['with'];
    case 'open':
      return ['('];
    case 'listNext':
      return [',', ')'];
    case 'join':
      return ['and', 'or'];
  }
}

function valuesOf(field: string, { workflows, attributes }: Known): readonly string[] {
  if (field === 'status') return STATUSES;
  if (field === 'waiting') return WAITING;
  if (field === 'workflow') return workflows;
  const kind = FIELDS[field];
  if (kind === 'time') return SINCE.map((since) => `now-${since}`);
  if (kind === 'duration') return LONGER;
  return attributes.get(field) ?? [];
}
