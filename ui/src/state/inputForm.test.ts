import { expect, it } from 'vitest';
import { membersOf, paramsIn, withMember } from './inputForm';
import { textOf } from './params';

const INPUT = '{\n  "customer": "c-1",\n  "total": 12345678901234567890,\n  "express": false,\n  "items": [1, {"a": 2}]\n}';

it('has a field for each member of an object, by what it has now', () => {
  expect(membersOf(INPUT)?.map(({ param: { name, type }, text }) => [name, type, text])).toEqual([
    ['customer', 'string', 'c-1'], ['total', 'number', '12345678901234567890'], ['express', 'boolean', 'false'], ['items', undefined, '[1, {"a": 2}]'],
  ]);
  expect(membersOf('{}')).toEqual([]);
  for (const text of ['[1]', '"a"', 'null', '{"a": ', '']) expect(membersOf(text)).toBeNull();
});

it('writes a field into the text, and leaves the rest as it is', () => {
  expect(withMember(INPUT, 'customer', 'say "c"')).toBe(INPUT.replace('"c-1"', '"say \\"c\\""'));
  expect(withMember(INPUT, 'total', '7')).toBe(INPUT.replace('12345678901234567890', '7'));
  expect(withMember(INPUT, 'items', '[]')).toBe(INPUT.replace('[1, {"a": 2}]', '[]'));
});

it('writes nothing that is no value', () => {
  expect([withMember(INPUT, 'total', '7a'), withMember(INPUT, 'express', ''), withMember(INPUT, 'gone', '1')]).toEqual([null, null, null]);
});

it('reads params of JSON, and names what is none', () => {
  const params = [{ name: 'limit', type: 'integer', required: false }, { name: 'note', type: 'string', required: true }];
  expect(paramsIn('{"limit": 3, "note": "a", "nope": 1}', params, textOf)).toEqual({ texts: { limit: '3', note: 'a' }, unknown: ['nope'] });
  expect(paramsIn('[]', params, textOf)).toBeNull();
});
