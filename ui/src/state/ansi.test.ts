import { expect, test } from 'vitest';
import { marked, piecesOfLine } from './ansi';

const told = (line: string) => piecesOfLine(line.replaceAll('␛', String.fromCharCode(27))).map(({ text, style }) => `${style}:${text}`);

test('a line without codes is one piece', () => {
  expect(told('plain [0m text')).toEqual([':plain [0m text']);
});

test('colours last until they end', () => {
  expect(told('a ␛[1;31mred␛[22m thin␛[0m b')).toEqual([':a ', 'ansi-red ansi-bold:red', 'ansi-red: thin', ': b']);
  expect(told('␛[92mok␛[39m, ␛[4mlink␛[24m␛[2m old␛[m')).toEqual(['ansi-green:ok', ':, ', 'ansi-underline:link', 'ansi-faint: old']);
});

test('of many colours those with names are told', () => {
  expect(told('␛[38;5;12mblue␛[38;5;200mother␛[38;2;1;31;1mown␛[48;5;1;36mcyan')).toEqual(['ansi-blue:blue', ':other', ':own', 'ansi-cyan:cyan']);
});

test('what moves the cursor, or names the window, is left out', () => {
  expect(told('␛[2K␛[1Gdone␛[?25h')).toEqual([':done']);
  expect(told(`␛]0;title${String.fromCharCode(7)}text`)).toEqual([':text']);
});

test('every place of a text is marked, over pieces too', () => {
  const pieces = [{ text: 'an Err', style: 'a' }, { text: 'or, error', style: '' }];
  expect(marked(pieces, 'error').map(({ text, isHit }) => (isHit ? `[${text}]` : text))).toEqual(['an ', '[Err]', '[or]', ', ', '[error]']);
  expect(marked(pieces, '')).toHaveLength(2);
  expect(marked(pieces, 'none').some(({ isHit }) => isHit)).toBe(false);
});
