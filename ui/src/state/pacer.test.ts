import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pacer } from './pacer';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets a job end, and does what was asked for meanwhile once, after a pause', async () => {
  let begun = 0;
  let finish = () => {};
  const pacer = new Pacer(2_000, () => {
    begun += 1;
    return new Promise((resolve) => (finish = resolve));
  });
  void pacer.ask();
  for (let at = 0; at < 10; at += 1) {
    await vi.advanceTimersByTimeAsync(100);
    void pacer.ask();
  }
  expect(begun).toBe(1);
  finish();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(begun).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toBe(2);
  finish();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toBe(2);
  void pacer.ask();
  expect(begun).toBe(3);
});
