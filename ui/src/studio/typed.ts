import { t } from '../i18n/text';
import { entry, plain } from './tree';
import type { FieldKind } from './writing';
import { isYaml, readYaml, RESERVED, writeYaml } from './yamlTree';

/** An expression, which may stand where a number or an object is wanted. */
const EXPRESSION = /^\s*(\{%|\$\{\{)/;

/** Writes a value as a field of some kind shows it. */
export function shown(as: FieldKind, value: unknown): string {
  if (value === undefined) return '';
  if (as === 'json' && !(typeof value === 'string' && EXPRESSION.test(value))) return JSON.stringify(value, null, 2);
  if (as === 'names') return Array.isArray(value) ? value.join(', ') : String(value);
  if (as !== 'yaml' && as !== 'one') return typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (typeof value === 'object') return writeYaml(value);
  if (typeof value !== 'string') return String(value);
  const isOther = RESERVED.test(value) || (/^[[{"']/.test(value) && !EXPRESSION.test(value));
  return isOther ? JSON.stringify(value) : value;
}

/** Reads what is typed into a field of some kind; nothing takes the member out. */
export function meant(as: FieldKind, text: string): unknown {
  if (text.trim() === '') return undefined;
  if (as === 'line' || as === 'text' || as === 'choice') return text;
  if (as === 'path') return text === 'null' ? null : text;
  if (as === 'names') return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (EXPRESSION.test(text)) return text.trim();
  if (as === 'json') return JSON.parse(text);
  if (as !== 'number') return ofYaml(text);
  const number = Number(text);
  if (Number.isNaN(number)) throw new Error(t('common.noNumber'));
  return number;
}

/** Reads numbers, words such as `true`, lists, objects and texts in quotes; everything else is a text. */
function ofYaml(text: string): unknown {
  const line = text.trim();
  if (line.includes('\n') || !(RESERVED.test(line) || /^[[{"']/.test(line))) return text;
  if (!isYaml(`is: ${line}`)) throw new Error(t('studio.noYaml'));
  return plain(entry(readYaml(`is: ${line}`), 'is'));
}

/** Whether a field of some kind can show a value. */
export function isShown(as: FieldKind, value: unknown): boolean {
  if (value === undefined || as === 'json' || as === 'yaml' || as === 'one') return true;
  if (as === 'names') return typeof value === 'string' || (Array.isArray(value) && value.every((name) => typeof name === 'string'));
  if (as === 'check') return typeof value === 'boolean';
  return typeof value !== 'object' || (as === 'path' && value === null);
}
