import { expect, it } from 'vitest';
import { namesOf } from './aliases';

it('names a version by its aliases, and says which share of the starts it takes', () => {
  const aliases = [
    { name: 'prod', routes: [{ version: 3, weight: 90 }, { version: 4, weight: 10 }] },
    { name: 'stable', routes: [{ version: 3, weight: 100 }] },
  ];
  expect([2, 3, 4].map((number) => namesOf(aliases, number))).toEqual(['', 'prod 90\u2009%, stable', 'prod 10\u2009%']);
});
