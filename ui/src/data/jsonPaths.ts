type Steps = readonly (string | number)[];

/** What leads to a value: from where, in each of the languages that the reader may use. */
export interface Roots {
  /** State machines read by it; pipelines do not. */
  jsonPath?: string;
  /** Empty, if the names of the whole are what expressions begin with. */
  jsonata: string;
}

const PLAIN = /^[A-Za-z_]\w*$/;
/** What are words of JSONata are no names without quotes. */
const JSONATA_WORDS = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

/** Writes the way to a value as a JSONPath. */
export function jsonPath(steps: Steps, root: string): string {
  const written = steps.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return PLAIN.test(step) ? `.${step}` : `['${step.replaceAll(/[\\']/g, '\\$&')}']`;
  });
  return root + written.join('');
}

/** Writes the way to a value in JSONata. No quotes hold a name with a backtick: it is looked up. */
export function jsonata(steps: Steps, root: string): string {
  const way = steps.reduce<string>((way, step) => {
    if (typeof step === 'number') return `${way}[${step}]`;
    if (step.includes('`')) return `$lookup(${way || '$'}, ${JSON.stringify(step)})`;
    const name = PLAIN.test(step) && !JSONATA_WORDS.has(step) ? step : `\`${step}\``;
    return way === '' ? name : `${way}.${name}`;
  }, root);
  return way || '$';
}
