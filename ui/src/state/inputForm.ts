import { rowsOf } from '../data/jsonRows';
import { kindOf, type Param, type Texts } from './params';

/** A member of the object that a run is started with. */
interface Member {
  param: Param;
  /** What stands there, as its field shows it. */
  text: string;
  from: number;
  to: number;
}

const TYPES: readonly (readonly [RegExp, string])[] = [[/^"/, 'string'], [/^(true|false)$/, 'boolean'], [/^-?\d/, 'number']];

/** Reads the members of a JSON object, each with a field by what it has now; nothing of another text. */
export function membersOf(text: string): readonly Member[] | null {
  if (!isObject(text)) return null;
  return rowsOf(text)
    .filter(({ depth }) => depth === 1)
    .map(({ step, from, to }) => {
      const raw = text.slice(from, to);
      const type = TYPES.find(([form]) => form.test(raw))?.[1];
      return { param: { name: String(step), type, required: true }, text: type === 'string' ? String(JSON.parse(raw)) : raw, from, to };
    });
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Writes what a field has into the object; all else stays as it is. Nothing where the field has no value of its kind. */
export function withMember(text: string, name: string, written: string): string | null {
  const member = membersOf(text)?.find(({ param }) => param.name === name);
  if (!member) return null;
  const raw = kindOf(member.param) === 'text' ? JSON.stringify(written) : written.trim();
  if (!isJson(raw)) return null;
  return text.slice(0, member.from) + raw + text.slice(member.to);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads params of a JSON object; those that are none are told. */
export function paramsIn(text: string, params: readonly Param[], textOf: (param: Param, value: unknown) => string): { texts: Texts; unknown: readonly string[] } | null {
  if (!isObject(text)) return null;
  const values = JSON.parse(text) as Record<string, unknown>;
  const names = new Set(params.map(({ name }) => name));
  return {
    texts: Object.fromEntries(params.map((param) => [param.name, textOf(param, values[param.name])])),
    unknown: Object.keys(values).filter((name) => !names.has(name)),
  };
}
