import { expect, it } from 'vitest';
import { namesOf, routesTo } from './aliases';

it('names a version by its aliases, and says which share of the starts it takes', () => {
  const aliases = [
    { name: 'prod', routes: [{ version: 3, weight: 90 }, { version: 4, weight: 10 }] },
    { name: 'stable', routes: [{ version: 3, weight: 100 }] },
  ];
  expect([2, 3, 4].map((number) => namesOf(aliases, number))).toEqual(['', 'prod 90\u2009%, stable', 'prod 10\u2009%']);
});

it('leads an alias to a version, the rest of its starts to where most went before', () => {
  expect(routesTo(3, 100, [{ version: 2, weight: 100 }])).toEqual([{ version: 3, weight: 100 }]);
  expect(routesTo(3, 10, [{ version: 2, weight: 90 }, { version: 1, weight: 10 }])).toEqual([{ version: 2, weight: 90 }, { version: 3, weight: 10 }]);
  expect(routesTo(3, 10, [])).toEqual([{ version: 3, weight: 100 }]);
  expect(routesTo(3, 10, [{ version: 3, weight: 100 }])).toEqual([{ version: 3, weight: 100 }]);
});
