import { expect, it } from 'vitest';
import type { Message, Messages } from './catalogue';
import { LANGUAGES, tagOf } from './language';
import { speak, t } from './text';

const FILES = import.meta.glob<Messages>('./*/*.json', { import: 'default', eager: true });

const catalogueOf = (language: string) =>
  new Map(
    Object.entries(FILES)
      .filter(([path]) => path.startsWith(`./${language}/`))
      .flatMap(([path, texts]) => Object.entries(texts).map(([name, message]) => [`${path.slice(5, -5)}.${name}`, message] as const)),
  );
const english = catalogueOf('en');
const forms = (message: Message) => (typeof message === 'string' ? [message] : Object.values(message));
const places = (message: Message) => [...forms(message).at(-1)!.matchAll(/\{(\w+)\}/g)].map(([place]) => place).toSorted();

for (const language of Object.keys(LANGUAGES)) {
  const catalogue = catalogueOf(language);

  it(`has every text in ${language}, with the places of the English one`, () => {
    expect([...catalogue.keys()]).toEqual([...english.keys()]);
    for (const [key, message] of catalogue) {
      expect([key, places(message)]).toEqual([key, places(english.get(key)!)]);
      for (const form of forms(message)) expect(form.trim(), key).not.toBe('');
    }
  });

  it(`has the plural forms that ${language} knows, wherever English counts`, () => {
    // Spanish and Portuguese have a form for millions of something, which reads as the plural does.
    const known = new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((form) => form !== 'many');
    for (const [key, message] of catalogue) {
      expect([key, typeof message]).toEqual([key, typeof english.get(key)]);
      if (typeof message === 'object') for (const form of known) expect(message, key).toHaveProperty(form);
    }
  });
}

it('fills places, and writes numbers as the language has it', async () => {
  expect(t('frame.signOut', { name: 'Ada' })).toBe('Sign out Ada');
  expect(t('units.h', { n: 12_345 }).replace('\u2009', ' ')).toBe('12,345 h');
  await speak('es');
  expect(t('units.h', { n: 12_345 }).replace('\u2009', ' ')).toBe('12.345 h');
  await speak('en');
});

it('speaks the language that the browser wants first and the console knows', () => {
  expect(tagOf(['nl', 'pt-BR', 'en-GB'], 'browser')).toBe('pt-BR');
  expect(tagOf(['nl'], 'browser')).toBe('en');
  expect(tagOf(['de', 'en-GB'], 'en')).toBe('en-GB');
  expect(tagOf(['de'], 'zh')).toBe('zh');
});

it('makes English odd without touching what is filled in', async () => {
  await speak('en-XA');
  expect(t('frame.signOut', { name: 'Ada' })).toMatch(/^\[Šígñ öüt Ada~+\]$/);
  await speak('en');
});
