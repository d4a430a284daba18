import { expect, it } from 'vitest';
import { cameAt } from './deliveries';

it('reads when a delivery came from its number', () => {
  const at = '2026-03-29T01:30:00.125Z';
  expect(cameAt(`0${Date.parse(at).toString(16)}0003`)).toBe(at);
});
