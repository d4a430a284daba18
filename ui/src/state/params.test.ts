import { expect, it } from 'vitest';
import { paramsOf, read, textOf } from './params';

const params = paramsOf([
  { name: 'reason', type: 'string', required: true },
  { name: 'limit', default: 10, schema: { type: 'integer' } },
  { name: 'dry', type: 'boolean' },
  { name: 'tags', type: 'array' },
  { name: 'size', type: 'string', schema: { enum: ['s', 'm'] } },
]);

it('reads values of their types and leaves out what is empty', () => {
  const texts = { reason: '007', limit: '3', dry: 'false', tags: '["a"]', size: '"m"' };
  expect(read(params, texts)).toEqual({
    values: { reason: '007', limit: 3, dry: false, tags: ['a'], size: 'm' },
    mistakes: {},
  });
  expect(read(params, { reason: 'x' }).values).toEqual({ reason: 'x' });
});

it('says what is missing and what is no value', () => {
  expect(read(params, { limit: 'ten', tags: '[' }).mistakes).toEqual({
    reason: 'It must be there.', limit: 'It is no number.', tags: 'It is no JSON.',
  });
});

it('says which limit a value does not keep before it is sent', () => {
  const limited = paramsOf([
    { name: 'percent', type: 'integer', schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'word', type: 'string', schema: { type: 'string', minLength: 2, maxLength: 3 } },
  ]);
  const mistakesOf = (texts: Record<string, string>) => read(limited, texts).mistakes;
  expect(mistakesOf({ percent: '100', word: '🚀🚀🚀' })).toEqual({});
  expect(mistakesOf({ percent: '500', word: 'a' })).toEqual({ percent: 'It must be at most 100.', word: 'It is too short: fewer characters than 2.' });
  expect(mistakesOf({ percent: '0', word: 'long' })).toEqual({ percent: 'It must be at least 1.', word: 'It is too long: more characters than 3.' });
  expect(mistakesOf({ percent: '1.5' })).toEqual({ percent: 'It is no whole number.' });
  expect(mistakesOf({ percent: '"5"' })).toEqual({ percent: 'It is no number.' });
});

it('shows texts as they are and other values as JSON', () => {
  expect(params.map((param) => textOf(param, param.name === 'reason' ? 'a "b"' : param.default))).toEqual([
    'a "b"', '10', '', '', '',
  ]);
});
