import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Messages } from './catalogue';
import { read, type Use } from './literals';

const SRC = new URL('..', import.meta.url).pathname;


const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|^api\/schema\.ts$/.test(file))
  .map((file) => ({ file, ...read(readFileSync(join(SRC, file), 'utf8')) }));
const FILES = import.meta.glob<Messages>('./en/*.json', { import: 'default', eager: true });
const texts: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).flatMap(([path, messages]) =>
    Object.entries(messages).map(([name, message]): [string, string] => [`${path.slice(5, -5)}.${name}`, JSON.stringify(message)]),
  ),
);
const uses = files.flatMap(({ file, uses }) => uses.map((use) => ({ ...use, at: `${file}:${use.line} ${use.key}` })));

it('shows no text that is not in the catalogues', () => {
  const found = files.flatMap(({ file, literals }) => literals.map(({ line, text }) => `${file}:${line} “${text}”`));
  expect(found).toEqual([]);
});

it('asks for texts that are there, and fills every place of them', () => {
  const wrong = uses.filter(({ key, isWhole, values }) => {
    if (!isWhole) return ![...texts.keys()].some((known) => known.startsWith(key));
    const places = [...(texts.get(key) ?? '{?}').matchAll(/\{([\w?]+)\}/g)].map(([, name]) => name!);
    return values !== undefined && places.some((place) => !values.includes(place));
  });
  expect(wrong.map(({ at }) => at)).toEqual([]);
});

it('asks for no text before the language is known', () => {
  expect(uses.filter(({ isEarly }) => isEarly).map(({ at }) => at)).toEqual([]);
});

it('keeps no text that nobody asks for', () => {
  const isUsed = (key: string) => uses.some((use: Use) => (use.isWhole ? use.key === key : key.startsWith(use.key)));
  expect([...texts.keys()].filter((key) => !isUsed(key))).toEqual([]);
});

it('finds texts that stand in JSX', () => {
  const { literals } = read(`const A = () => <p title="Told">Said {n > 1 ? 'many' : t('x.y')} <code>kept</code></p>;`);
  expect(literals.map(({ text }) => text).toSorted()).toEqual(['Said', 'Told', 'many']);
});
