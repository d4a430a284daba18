import { parser } from '@lezer/yaml';
import type { Entry, Value } from './tree';

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Reads the first document of a text, as far as it can be read. */
export function readYaml(text: string): Value | null {
  const document = parser.parse(text).topNode.getChild('Document');
  return document && valueIn(document, text);
}

/** Whether a text can be read as a whole. */
export function isYaml(text: string): boolean {
  let isWhole = true;
  parser.parse(text).iterate({ enter: ({ type }) => void (isWhole &&= !type.isError) });
  return isWhole;
}

const VALUES = ['BlockMapping', 'FlowMapping', 'BlockSequence', 'FlowSequence', 'Literal', 'QuotedLiteral', 'BlockLiteral', 'Anchored', 'Tagged', 'Alias'];

function valueIn(parent: Node, text: string): Value | null {
  for (let node = parent.firstChild; node; node = node.nextSibling) if (VALUES.includes(node.name)) return valueOf(node, text);
  return null;
}

function valueOf(node: Node, text: string): Value | null {
  const { from, to, name } = node;
  switch (name) {
    case 'Anchored':
    case 'Tagged':
      return valueIn(node, text);
    case 'BlockMapping':
    case 'FlowMapping':
      return { kind: 'map', isFlow: name === 'FlowMapping', from, to, entries: node.getChildren('Pair').flatMap((pair) => entryOf(pair, text)) };
    case 'BlockSequence':
    case 'FlowSequence':
      return { kind: 'list', from, to, items: node.getChildren('Item').map((item) => valueIn(item, text)) };
    default:
      return { kind: 'scalar', from, to, value: scalar(name, text.slice(from, to)) };
  }
}

function entryOf(pair: Node, text: string): Entry[] {
  const key = pair.getChild('Key');
  const name = key && valueIn(key, text);
  if (name?.kind !== 'scalar') return [];
  return [{ name: String(name.value), key: { from: name.from, to: name.to }, from: pair.from, to: pair.to, value: valueIn(pair, text) }];
}

function scalar(kind: string, text: string): unknown {
  if (kind === 'BlockLiteral') return block(text);
  if (kind === 'QuotedLiteral') return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : unquoted(text);
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  if (line === 'true' || line === 'false') return line === 'true';
  if (line === 'null' || line === '~') return null;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(line) ? Number(line) : line;
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    // YAML knows a few escapes more.
    return text.slice(1, -1);
  }
}

/** The text of a block, without its indentation. */
function block(text: string): string {
  const [header = '', ...lines] = text.split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length));
  const joined = lines.map((line) => line.slice(indent)).join(header.startsWith('>') ? ' ' : '\n');
  return header.includes('-') ? joined : `${joined}\n`;
}

/** What is no text unless it stands in quotes. */
export const RESERVED = /^(true|false|null|yes|no|on|off|~|[-+]?[\d.][\d.eE+-]*)$/i;

/** Writes a value in one line; within braces more must be quoted. */
export function writeYaml(value: unknown, isInside = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => writeYaml(item, true)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([name, inner]) => `${name}: ${writeYaml(inner, true)}`).join(', ')}}`;
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  const begins = /^[\w$./(][^\n]*$/.test(value) && !/: |:$| #|\s$/.test(value);
  if (begins && !RESERVED.test(value) && !(isInside && /[{}[\],]/.test(value))) return value;
  // Single quotes leave double ones as they are.
  return value.includes('"') && !/[\n\t\r]/.test(value) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}
