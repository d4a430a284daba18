/** A rule of a Choice that compares one value, in JSONPath. */
export interface Comparison {
  variable: string;
  operator: string;
  value: unknown;
}

const ORDERED = ['Equals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const typesOf = (type: string, operators: readonly string[]) => operators.flatMap((operator) => [`${type}${operator}`, `${type}${operator}Path`]);

/** What values can be asked, by what they are. */
export const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  String: [...typesOf('String', ORDERED), 'StringMatches'],
  Numeric: typesOf('Numeric', ORDERED),
  Boolean: typesOf('Boolean', ['Equals']),
  Timestamp: typesOf('Timestamp', ORDERED),
  Is: ['IsPresent', 'IsNull', 'IsString', 'IsNumeric', 'IsBoolean', 'IsTimestamp'],
};
const KNOWN = new Set(Object.values(OPERATORS).flat());
/** What a rule has beside what it asks. */
const BESIDE = new Set(['Variable', 'Next', 'Comment', 'Assign', 'Output']);

/** Returns what a rule compares; `null` if it is put together, or written in a way of its own. */
export function comparisonOf(rule: Readonly<Record<string, unknown>>): Comparison | null {
  const [operator, ...more] = Object.keys(rule).filter((name) => !BESIDE.has(name));
  if (operator === undefined || more.length > 0 || !KNOWN.has(operator) || typeof rule['Variable'] !== 'string') return null;
  return { variable: rule['Variable'], operator, value: rule[operator] };
}

/** What kind of value an operator compares with. */
export type Compared = 'line' | 'number' | 'check';

export function comparedBy(operator: string): Compared {
  if (operator.endsWith('Path')) return 'line';
  if (operator.startsWith('Numeric')) return 'number';
  return operator.startsWith('Is') || operator.startsWith('Boolean') ? 'check' : 'line';
}

/** Returns a value that another operator can compare with, the same if it may be. */
export function valueFor(operator: string, value: unknown): unknown {
  const isPath = operator.endsWith('Path');
  switch (comparedBy(operator)) {
    case 'check':
      return typeof value === 'boolean' ? value : true;
    case 'number':
      return Number(value) || 0;
    case 'line':
      if (isPath) return typeof value === 'string' && value.startsWith('$') ? value : '$';
      if (operator.startsWith('Timestamp')) return Number.isNaN(Date.parse(String(value))) ? '2030-01-31T06:00:00Z' : value;
      return typeof value === 'boolean' ? '' : String(value);
  }
}
