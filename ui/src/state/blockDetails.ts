import type { ServerWord } from '../i18n/catalogue';
import { ofServer } from '../i18n/text';
import { instant } from './format';

/** What the server says beside the kind of a block, by its form, with the words for it. Names and free text stay as they are. */
const WHOLE: readonly (readonly [RegExp, ServerWord])[] = [
  [/^no worker handles (?<name>.+) and has tags (?<tags>.+)$/, 'detail_noHandlerTags'],
  [/^no worker handles (?<name>.+)$/, 'detail_noHandler'],
  [/^no worker has tags (?<tags>.+)$/, 'detail_noTags'],
  [/^all (?<n>\d+) that could are busy or not polling$/, 'detail_busy'],
  [/^there is none: (?<command>.+)$/, 'detail_noneSo'],
  [/^there is none$/, 'detail_none'],
  [/^wants (?<wanted>\d+) slots, the pool has (?<size>\d+)$/, 'detail_tooMany'],
  [/^the server has no place free$/, 'detail_serverFull'],
  [/^the server has just started$/, 'detail_started'],
];
const PARTS: readonly (readonly [RegExp, ServerWord])[] = [
  [/^(?<given>\d+) of (?<needed>\d+) agreed$/, 'detail_agreed'],
  [/^next look (?<time>\S+Z)$/, 'detail_nextLook'],
  [/^until (?<time>\S+Z)$/, 'detail_until'],
  [/^next (?<time>\S+Z)$/, 'detail_next'],
  [/^run (?<name>\S+)$/, 'detail_run'],
  [/^anybody$/, 'detail_anybody'],
  [/^what comes after (?<task>\S+)$/, 'detail_after'],
];
const INSTANT = /^\d{4}-\d\d-\d\dT\S+Z$/;

/** Returns what a block says in its brackets in the reader's language, as far as it has words for it. */
export function detailOf(text: string): string | undefined {
  const said = /\((.*)\)$/.exec(text)?.[1];
  if (said === undefined) return undefined;
  return translated(said, WHOLE) ?? said.split(', ').map((part) => translated(part, PARTS) ?? part).join(', ');
}

function translated(text: string, forms: typeof WHOLE): string | undefined {
  if (INSTANT.test(text)) return instant(text);
  for (const [form, word] of forms) {
    const found = form.exec(text);
    if (found) return ofServer(word, readable(found.groups ?? {}));
  }
  return undefined;
}

/** Instants are written in the reader's zone, numbers in their language. */
function readable(values: Record<string, string>): Record<string, string | number> {
  const entries = Object.entries(values).map(([name, value]) => {
    if (INSTANT.test(value)) return [name, instant(value)];
    return [name, /^\d+$/.test(value) ? Number(value) : value];
  });
  return Object.fromEntries(entries) as Record<string, string | number>;
}
