import { expect, test } from 'vitest';
import { jsonata, jsonPath } from './jsonPaths';

const STEPS = ['orders', 0, 'net price', "it's", 'in', 3] as const;

test('a JSONPath quotes the names that need it', () => {
  expect(jsonPath(STEPS, '$')).toBe("$.orders[0]['net price']['it\\'s'].in[3]");
  expect(jsonPath([], '$')).toBe('$');
});

test('JSONata quotes names with other signs, and its own words', () => {
  expect(jsonata(STEPS, '$states.input')).toBe("$states.input.orders[0].`net price`.`it's`.`in`[3]");
});

test('what pipelines read begins with the names of the whole', () => {
  expect(jsonata(['params', 'limit'], '')).toBe('params.limit');
  expect(jsonata([], '')).toBe('$');
});

test('a name with a backtick is looked up', () => {
  expect(jsonata(['a', 'b`c', 'd'], 'params')).toBe('$lookup(params.a, "b`c").d');
});
