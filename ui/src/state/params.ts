import { t } from '../i18n/text';
/** A param as a form shows it: that of a pipeline, or a question of an approval. */
export interface Param {
  name: string;
  type?: string | undefined;
  default?: unknown;
  required: boolean;
  secret?: boolean | undefined;
  title?: string | undefined;
  description?: string | undefined;
  /** The values that it can have, if they are listed. */
  choices?: readonly unknown[] | undefined;
  limits?: Limits;
}

/** What of the rules of its values can be told before they are sent, as JSON Schema names it. */
interface Limits {
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/** How a param is asked for. */
export type Kind = 'text' | 'number' | 'boolean' | 'choice' | 'json';

export function kindOf({ type, choices }: Param): Kind {
  if (choices) return 'choice';
  if (type === 'boolean') return 'boolean';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === undefined || type === 'object' || type === 'array') return 'json';
  return 'text';
}

/** What stands in the fields: text, by the names of params. What is empty is left out. */
export type Texts = Readonly<Record<string, string>>;

/** Returns the text of a value, as a field shows it. */
export function textOf(param: Param, value: unknown): string {
  if (value === undefined) return '';
  return kindOf(param) === 'text' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns the values that the texts stand for, and what is wrong with them by the names of params. */
export function read(params: readonly Param[], texts: Texts): { values: Record<string, unknown>; mistakes: Texts } {
  const values: Record<string, unknown> = {};
  const mistakes: Record<string, string> = {};
  for (const param of params) {
    const text = texts[param.name] ?? '';
    if (text.trim() === '') {
      if (param.required && param.default === undefined) mistakes[param.name] = t('common.mustBeThere');
      continue;
    }
    const value = valueOf(param, text);
    const mistake = value === undefined ? notRead(param) : outside(param, value);
    if (mistake !== undefined) mistakes[param.name] = mistake;
    else values[param.name] = value;
  }
  return { values, mistakes };
}

/** Returns the value that a text stands for; none if it is no value. */
function valueOf(param: Param, text: string): unknown {
  if (kindOf(param) === 'text') return text;
  try {
    const value: unknown = JSON.parse(text);
    return kindOf(param) !== 'number' || typeof value === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

const notRead = (param: Param) => (kindOf(param) === 'number' ? t('common.noNumber') : t('common.noJson'));

/** Says which limit a value does not keep. All other rules are the server's to tell. */
function outside({ type, limits = {} }: Param, value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (type === 'integer' && !Number.isInteger(value)) return t('common.noInteger');
    if (value < (limits.minimum ?? value)) return t('common.atLeast', { least: limits.minimum! });
    if (value > (limits.maximum ?? value)) return t('common.atMost', { most: limits.maximum! });
  }
  if (typeof value !== 'string') return undefined;
  // Characters, as the server counts them.
  const length = [...value].length;
  if (length < (limits.minLength ?? 0)) return t('common.tooShort', { least: limits.minLength! });
  if (length > (limits.maxLength ?? length)) return t('common.tooLong', { most: limits.maxLength! });
  return undefined;
}

/** A param, or a field of a form, as the server tells it. */
interface Told {
  name: string;
  type?: string;
  default?: unknown;
  required?: boolean;
  secret?: boolean;
  title?: string;
  description?: string;
  /** The rules its values keep, as JSON Schema. */
  schema?: unknown;
}

export function paramOf(told: Told): Param {
  const rules = (told.schema ?? {}) as Limits & { enum?: readonly unknown[]; type?: unknown };
  return {
    ...told,
    type: told.type ?? (typeof rules.type === 'string' ? rules.type : undefined),
    required: told.required === true,
    choices: rules.enum,
    limits: rules,
  };
}

/** Reads the form of an approval. */
export function paramsOf(form: unknown): Param[] {
  return Array.isArray(form) ? (form as Told[]).map(paramOf) : [];
}
