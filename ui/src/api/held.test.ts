import { expect, it } from 'vitest';
import { deliver, isHeld, onLostChanges, turnHold } from './held';

it('shows changes as they come, lets them wait, and then shows them in their order', () => {
  const seen: string[] = [];
  deliver(() => seen.push('first'), 1);
  turnHold();
  expect(isHeld()).toBe(true);
  deliver(() => seen.push('second'), 1);
  deliver(() => seen.push('third'), 2);
  expect(seen).toEqual(['first']);
  turnHold();
  expect(seen).toEqual(['first', 'second', 'third']);
  expect(isHeld()).toBe(false);
});

it('asks for all again where more waited than is kept', () => {
  let lost = 0;
  let seen = 0;
  onLostChanges(() => {
    lost += 1;
  });
  turnHold();
  for (let at = 0; at <= 1_000; at += 1) deliver(() => (seen += 1), 1);
  turnHold();
  expect([lost, seen]).toEqual([1, 0]);
});
