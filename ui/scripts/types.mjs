// Writes the types of what the server answers, as `docs/openapi.json` describes them, into
// `src/api/schema.ts`. Building and checking begin with it, so the types cannot be out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const place = (path) => new URL(path, import.meta.url).pathname;
const OUT = place('../src/api/schema.ts');
const PLAIN = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

const { schemas } = JSON.parse(readFileSync(place('../../docs/openapi.json'), 'utf8')).components;

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  if (schema.type === 'array') return `(${typeOf(schema.items ?? {})})[]`;
  if (schema.properties) return `{\n${members(schema)}}`;
  if (schema.type === 'object') {
    const values = schema.additionalProperties;
    return `Record<string, ${typeof values === 'object' ? typeOf(values) : 'unknown'}>`;
  }
  return PLAIN[schema.type] ?? 'unknown';
}

function members({ properties, required = [] }) {
  const lines = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description ? `  /** ${schema.description} */\n` : '';
    return `${comment}  ${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};\n`;
  });
  return lines.join('');
}

const types = Object.entries(schemas).map(([name, schema]) => {
  const comment = schema.description ? `/** ${schema.description} */\n` : '';
  return `${comment}export type ${name} = ${typeOf(schema)};\n`;
});
const text = `// Made by scripts/types.mjs from docs/openapi.json.\n\n${types.join('\n')}`;
// A file that is not touched builds nothing again.
if (!existsSync(OUT) || readFileSync(OUT, 'utf8') !== text) writeFileSync(OUT, text);
