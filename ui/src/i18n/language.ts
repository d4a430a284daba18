import { choice } from '../state/choice';
import type { Area, Messages } from './catalogue';

/** The languages of the console, each by its own name. */
export const LANGUAGES = { en: 'English', pt: 'Português', es: 'Español', zh: '简体中文' } as const;

/** English made longer and odd, in which a text that is not in the catalogues is seen at once; for tests. */
export const PSEUDO = 'en-XA';

/** What the reader chose; another page load carries it out. */
export const language = choice('compasso.language', ['browser', 'en', 'pt', 'es', 'zh', PSEUDO]);

/** Each file is fetched when its area is shown in its language. */
const FILES = import.meta.glob<Messages>('./{en,pt,es,zh}/*.json', { import: 'default' });

/** Returns the tag that numbers and dates are written by: as exact as the browser has it, such as `en-GB`. */
export function tagOf(wanted: readonly string[], chosen: ReturnType<typeof language.get>): string {
  if (chosen === PSEUDO) return PSEUDO;
  if (chosen !== 'browser') return wanted.find((tag) => languageOf(tag) === chosen) ?? chosen;
  return wanted.find((tag) => languageOf(tag) in LANGUAGES) ?? 'en';
}

/** Fetches the texts of an area in the language that a tag stands for. */
export async function fetchArea(tag: string, area: Area): Promise<Messages> {
  const messages = await FILES[`./${languageOf(tag)}/${area}.json`]!();
  return tag === PSEUDO ? (await import('./pseudo')).odd(messages) : messages;
}

function languageOf(tag: string): string {
  return tag.split('-', 1)[0]!.toLowerCase();
}
