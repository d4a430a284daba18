import type { Message, Messages } from './catalogue';

const PLAIN = 'aceinosuyACEINOSUY';
const ODD = 'áçéíñöšüýÁÇÉÍÑÖŠÜÝ';
/** Other languages take so much more room than English. */
const LONGER = 0.4;

/** Makes texts odd and longer, and puts them in brackets: what is cut off, or was never asked for, is seen at once. */
export function odd(messages: Messages): Messages {
  return map(messages, (message: Message) => (typeof message === 'string' ? oddOf(message) : map(message, oddOf)));
}

function oddOf(text: string): string {
  const letters = text.split(/(\{\w+\})/).map((part, at) => (at % 2 === 1 ? part : part.replace(/[a-z]/gi, (letter) => ODD[PLAIN.indexOf(letter)] ?? letter)));
  return `[${letters.join('')}${'~'.repeat(Math.ceil(text.length * LONGER))}]`;
}

function map<T extends object, V>(values: T, change: (value: V) => unknown): T {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value as V)])) as T;
}
