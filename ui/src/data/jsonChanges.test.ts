import { expect, test } from 'vitest';
import { changesOf } from './jsonChanges';

test('only what differs is told, by its way', () => {
  const before = '{"id": 1, "total": 620, "items": [1, 2], "old": {"a": null}}';
  const after = '{"items": [1, 3, 4], "total": 640, "id": 1, "new": []}';
  expect(changesOf(before, after)).toEqual([
    { steps: ['total'], before: '620', after: '640' },
    { steps: ['items', 1], before: '2', after: '3' },
    { steps: ['items', 2], after: '4' },
    { steps: ['old'], before: '{"a": null}' },
    { steps: ['new'], after: '[]' },
  ]);
});

test('a value of another kind is another value', () => {
  expect(changesOf('{"a": [1]}', '{"a": {"b": 1}}')).toEqual([{ steps: ['a'], before: '[1]', after: '{"b": 1}' }]);
  expect(changesOf('{"a": "1"}', '{"a": 1}')).toHaveLength(1);
});

test('texts that are the same but for blanks and order differ in nothing', () => {
  expect(changesOf('{"a":1,"b":[]}', '{ "b": [ ], "a": 1 }')).toEqual([]);
});
