import type { RunStatus } from '../api/types';
import { type RunsSearch, SINCE, type Since } from '../router';
import { STATUSES } from './runStatuses';

/** A piece of a query, and where it is. */
export interface Token {
  kind: 'word' | 'quoted' | 'sign';
  text: string;
  from: number;
  to: number;
}

interface Named {
  id: string;
  name: string;
}

const PIECES = /(?<quoted>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(?<sign>!=|<=|>=|[=<>(),!])|(?<word>[^\s=!<>(),"']+)/gs;

/** Takes a query apart, as the server does; a quote that is not closed goes up to the end. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(PIECES)].map(({ 0: piece, index, groups }) => {
    const { quoted, sign } = groups!;
    const kind = quoted !== undefined ? 'quoted' : sign !== undefined ? 'sign' : 'word';
    return { kind, text: kind === 'quoted' ? unquoted(piece) : piece, from: index, to: index + piece.length };
  });
}

function unquoted(piece: string): string {
  const isClosed = piece.length > 1 && piece.endsWith(piece[0]!);
  return piece.slice(1, isClosed ? -1 : undefined).replace(/\\(.)/gs, '$1');
}

/** Writes a value so that a query takes it as it is. */
export function valueText(value: string): string {
  return /^[\w.:+-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Returns the tests that all must hold; nothing if a query is no row of such. */
function conjunctsOf(text: string): readonly (readonly Token[])[] | null {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokensOf(text)) {
    const isJoin = depth === 0 && token.kind === 'word' && ['and', 'or'].includes(token.text.toLowerCase());
    if (isJoin && token.text.toLowerCase() === 'or') return null;
    if (token.kind === 'sign') depth += { '(': 1, ')': -1 }[token.text] ?? 0;
    if (isJoin) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  const isWhole = depth === 0 && parts.every((part) => part.length > 0);
  return isWhole ? parts : null;
}

/** Takes what the selects of the list say out of a query: one view of it is text, the other these. */
function picked([field, sign, value, more]: readonly Token[], workflows: readonly Named[]): Partial<RunsSearch> | null {
  if (!value || more || field!.kind !== 'word' || value.kind === 'sign') return null;
  if (field!.text === 'status' && sign!.text === '=') {
    const word = value.text.toUpperCase().replaceAll('-', '_');
    const status = STATUSES.find((one: RunStatus) => one === word);
    return status ? { status } : null;
  }
  if (field!.text === 'workflow' && sign!.text === '=') {
    const [one, other] = workflows.filter(({ name }) => name === value.text);
    return one && !other ? { workflow: one.id } : null;
  }
  if (field!.text === 'started' && (sign!.text === '>=' || sign!.text === '>')) {
    const since = SINCE.find((one: Since) => value.text === `now-${one}`);
    return since ? { since } : null;
  }
  return null;
}

/** Returns the same search with what of its query the selects can say said by them. */
export function lifted(search: RunsSearch, workflows: readonly Named[]): RunsSearch {
  const { q = '', ...rest } = search;
  const parts = conjunctsOf(q);
  if (!parts) return search;
  let found: RunsSearch = rest;
  const left = parts.filter((part) => {
    const pick = picked(part, workflows);
    const isNews = pick !== null && !Object.keys(pick).some((name) => name in found);
    if (isNews) found = { ...found, ...pick };
    return !isNews;
  });
  if (left.length === parts.length) return search;
  const text = left.map((part) => q.slice(part[0]!.from, part.at(-1)!.to)).join(' and ');
  return text === '' ? found : { ...found, q: text };
}

/** Returns the workflow as a query names it; nothing where its name would mean another one too, as that of a version does. */
function nameOf(id: string | undefined, workflows: readonly Named[]): string | undefined {
  const name = workflows.find((one) => one.id === id)?.name;
  return workflows.filter((one) => one.name === name).length === 1 ? name : undefined;
}

/** Writes all that the selects and the query say as one text. */
export function queryOf({ status, workflow, since, q }: RunsSearch, workflows: readonly Named[]): string {
  const name = nameOf(workflow, workflows);
  const tests = [status && `status = ${status}`, name !== undefined && `workflow = ${valueText(name)}`, since && `started >= now-${since}`].filter(Boolean);
  if (!q) return tests.join(' and ');
  const isOne = tests.length === 0 || conjunctsOf(q) !== null || /^\(.*\)$/s.test(q);
  return [...tests, isOne ? q : `(${q})`].join(' and ');
}

/** Returns the search that a text asks for; what no text can say stays. */
export function searchOf(text: string, search: RunsSearch, workflows: readonly Named[]): RunsSearch {
  const { q: _q, status: _status, since: _since, workflow, ...rest } = search;
  const kept = workflow !== undefined && nameOf(workflow, workflows) === undefined ? { workflow } : {};
  const q = text.trim();
  return lifted({ ...rest, ...kept, ...(q && { q }) }, workflows);
}
