// Records in vectors.jsonl what the reference implementation gives for each expression in it.
//
// A developer tool; tests read only its output. To run it, install the npm package jsonata@2.0.6
// in some directory D, add expressions as lines {"expr": "…"} to vectors.jsonl, and call
//   node record_vectors.mjs D
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const jsonata = createRequire(resolve(process.argv[2] ?? '.', 'package.json'))('jsonata');
const here = (name) => new URL(name, import.meta.url);
const document = readFileSync(here('document.json'), 'utf8');

async function record(expr) {
  try {
    const result = await jsonata(expr).evaluate(undefined, { states: JSON.parse(document) });
    const text = JSON.stringify(result);
    return text === undefined ? { expr, undefined: true } : { expr, result: JSON.parse(text) };
  } catch (error) {
    if (!error.code) throw new Error(`${expr}: the reference fails without a code: ${error}`);
    return { expr, code: error.code, message: error.message };
  }
}

const lines = readFileSync(here('vectors.jsonl'), 'utf8').split('\n').filter((line) => line);
const expressions = [...new Set(lines.map((line) => JSON.parse(line).expr))];
const recorded = [];
for (const expr of expressions) {
  recorded.push(JSON.stringify(await record(expr)));
}
writeFileSync(here('vectors.jsonl'), recorded.join('\n') + '\n');
