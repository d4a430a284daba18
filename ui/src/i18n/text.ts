import type { Area, Key, Message, Messages, ServerWord } from './catalogue';
import { fetchArea, language, tagOf } from './language';

/** What stands in the places of a text; numbers are written as the language has it. */
export type Values<T = never> = Readonly<Record<string, string | number | T>>;

/** What every page shows. */
const EVERYWHERE: readonly Area[] = ['common', 'frame', 'status', 'units'];
/** `{name}` in a text. */
const PLACE = /\{(\w+)\}/;

let tag = 'en';
let texts: Partial<Record<string, Messages>> = {};
let locale = tag;
/** Made when they are needed first: to make them takes longer than all that most pages write by them. */
let plurals: Intl.PluralRules | null = null;
let numbers: Intl.NumberFormat | null = null;

/** Loads the reader's language. Nothing is drawn, and no text is asked for, before. */
export async function speak(wanted = tagOf(navigator.languages, language.get())): Promise<void> {
  [tag, texts] = [wanted, {}];
  // Not every browser knows every tag; the pseudo-locale is one that none knows.
  locale = Intl.NumberFormat.supportedLocalesOf(tag)[0] ?? 'en';
  [plurals, numbers] = [null, null];
  await load(...EVERYWHERE);
}

/** Loads the texts of areas that are about to be shown. */
export async function load(...areas: readonly Area[]): Promise<void> {
  const missing = areas.filter((area) => texts[area] === undefined);
  const loaded = await Promise.all(missing.map((area) => fetchArea(tag, area)));
  missing.forEach((area, at) => (texts[area] = loaded[at]!));
}

/** Returns what was fetched once its texts are there as well. */
export async function withTexts<Module>(fetched: Promise<Module>, ...areas: readonly Area[]): Promise<Module> {
  await load(...areas);
  return fetched;
}

/** Returns the tag that numbers and dates are written by. */
export function localeTag(): string {
  return locale;
}

/** Returns a text of the catalogue, its places filled. */
export function t(key: Key, values: Values = {}): string {
  return pieces(key, values).join('');
}

/** Returns a text for a word of the server, if this console has one: a newer server has other words. */
export function ofServer(word: ServerWord, values: Values = {}): string | undefined {
  return texts['server']?.[word] && t(`server.${word}`, values);
}

/** Returns the pieces of a text: what it says, and in between what stands in its places. */
export function pieces<T>(key: Key, values: Values<T>): (string | T)[] {
  return template(key, values['n']).split(PLACE).map((piece, at) => (at % 2 === 0 ? piece : shown(values[piece])));
}

function shown<T>(value: string | number | T | undefined): string | T {
  return typeof value === 'number' ? (numbers ??= new Intl.NumberFormat(locale)).format(value) : (value ?? '');
}

/** A text that was not loaded is shown by its name: tests see that. */
function template(key: string, count: unknown): string {
  const dot = key.indexOf('.');
  const message: Message = texts[key.slice(0, dot)]?.[key.slice(dot + 1)] ?? key;
  if (typeof message === 'string') return message;
  return (typeof count === 'number' ? message[(plurals ??= new Intl.PluralRules(locale)).select(count)] : undefined) ?? message.other;
}
