import { expect, test } from 'vitest';
import { covers, ROLES } from './role';

test('a role may do what those before it may, and a worker nothing of it', () => {
  expect(ROLES.filter((needed) => covers('author', needed))).toEqual(['viewer', 'operator', 'author']);
  expect(ROLES.filter((needed) => covers('admin', needed))).toEqual([...ROLES]);
  expect(ROLES.filter((needed) => covers('viewer', needed))).toEqual(['viewer']);
  expect(ROLES.filter((needed) => covers('worker', needed))).toEqual([]);
});
