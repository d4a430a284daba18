import { parseAst } from 'vite';

/** A node of a syntax tree; what it has beside its type goes with that. */
interface Tree {
  type: string;
  start: number;
  [name: string]: unknown;
}

/** A text that a reader sees and the catalogues do not have, or a use of the catalogues. */
export interface Found {
  line: number;
  text: string;
}

export interface Use extends Found {
  /** The name of the text, or how it begins if the rest is computed. */
  key: string;
  isWhole: boolean;
  /** The places that are filled; not there if that cannot be read. */
  values?: string[];
  /** Whether it is asked for when the file is loaded, which is too early. */
  isEarly: boolean;
}

/** Attributes that readers see or hear. */
const TOLD = new Set(['title', 'label', 'aria-label', 'aria-description', 'placeholder', 'alt', 'what', 'verb', 'hint', 'word', 'note', 'tab']);
/** What columns, tabs and choices are called. */
const NAMES = new Set(['name', 'label', 'title', 'word', 'head']);
/** Names of things, keys of the keyboard and marks, which are the same in every language. */
const SAME = /^(Compasso|JSON|YAML|Apache License 2\.0|Ctrl K|[a-z?]|JSON, |\W*)$/;
const LETTER = /\p{L}/u;

/** Finds texts in JSX that do not come from the catalogues, and the uses of those. */
export function read(source: string): { literals: Found[]; uses: Use[] } {
  const literals: Found[] = [];
  const uses: Use[] = [];
  const lineOf = (node: Tree) => source.slice(0, node.start).split('\n').length;
  const literal = (node: Tree, text: string) => {
    if (LETTER.test(text) && !SAME.test(text.trim())) literals.push({ line: lineOf(node), text: text.trim() });
  };
  /** What an expression may be, of which a reader sees the outcome. */
  const seen = (node: Tree): void => {
    if (node.type === 'Literal' && typeof node['value'] === 'string') literal(node, node['value']);
    if (node.type === 'TemplateLiteral') for (const part of node['quasis'] as Tree[]) literal(part, (part['value'] as { raw: string }).raw);
    const parts = { ConditionalExpression: ['consequent', 'alternate'], LogicalExpression: ['left', 'right'], BinaryExpression: ['left', 'right'] }[node.type];
    if (node.type === 'BinaryExpression' && node['operator'] !== '+') return;
    for (const part of parts ?? []) seen(node[part] as Tree);
  };
  const visit = (node: Tree, isInFunction: boolean): void => {
    const isInside = isInFunction || /Function/.test(node.type);
    if (node.type === 'JSXElement' && nameOf(node) === 'code') return;
    if (node.type === 'JSXText') literal(node, String(node['value']));
    if (node.type === 'JSXElement') childrenOf(node).forEach((child) => child.type === 'JSXExpressionContainer' && seen(child['expression'] as Tree));
    if (node.type === 'JSXAttribute' && TOLD.has(String((node['name'] as Tree)['name'])) && node['value']) {
      const value = node['value'] as Tree;
      seen(value.type === 'JSXExpressionContainer' ? (value['expression'] as Tree) : value);
    }
    if (node.type === 'Property' && NAMES.has(String((node['key'] as Tree)['name']))) {
      const { value } = node['value'] as { value?: unknown };
      if (typeof value === 'string' && /^[A-Z]/.test(value)) literal(node, value);
    }
    const use = useOf(node);
    if (use) uses.push({ ...use, line: lineOf(node), text: use.key, isEarly: !isInside });
    for (const child of Object.values(node)) for (const one of [child].flat()) if (isTree(one)) visit(one, isInside);
  };
  visit(parseAst(source, { lang: 'tsx' }) as unknown as Tree, false);
  return { literals, uses };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && typeof (value as Tree).type === 'string';
}

function nameOf(element: Tree): unknown {
  return ((element['openingElement'] as Tree)['name'] as Tree)['name'];
}

function childrenOf(element: Tree): Tree[] {
  return element['children'] as Tree[];
}

function useOf(node: Tree): Pick<Use, 'key' | 'isWhole' | 'values'> | undefined {
  if (node.type !== 'CallExpression' || !/^(t|rich)$/.test(String((node['callee'] as Tree)['name']))) return undefined;
  const [key, values] = node['arguments'] as Tree[];
  if (key?.type === 'Literal') return { key: String(key['value']), isWhole: true, ...placesOf(values) };
  if (key?.type !== 'TemplateLiteral') return undefined;
  return { key: ((key['quasis'] as Tree[])[0]!['value'] as { raw: string }).raw, isWhole: false };
}

function placesOf(values: Tree | undefined): { values?: string[] } {
  if (!values) return { values: [] };
  const properties = values['properties'] as Tree[] | undefined;
  if (!properties || properties.some(({ type }) => type === 'SpreadElement')) return {};
  return { values: properties.map((property) => String((property['key'] as Tree)['name'])) };
}
