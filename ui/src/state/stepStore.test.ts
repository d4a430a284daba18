import { expect, it } from 'vitest';
import type { Step } from '../api/types';
import { StepStore } from './stepStore';

const step = (state: string, status: Step['status']): Step => ({
  state, status, kind: 'Pass', counts: { [status]: 1 }, entered: '2026-01-31T12:00:00.000Z', attempts: 0, entryEvent: 2,
});

it('tells of a change those who look at that state alone', () => {
  const store = new StepStore();
  const told: string[] = [];
  store.subscribe('A', () => told.push('A'));
  store.subscribe('B', () => told.push('B'));
  store.apply([step('A', 'running')], 2);
  store.apply([step('A', 'succeeded')], 2);
  expect(told).toEqual(['A', 'A']);
});

it('tells nobody of what is the same as before', () => {
  const store = new StepStore();
  store.apply([step('A', 'running')], 2);
  let told = 0;
  store.subscribe('A', () => (told += 1));
  store.subscribeAll(() => (told += 1));
  store.apply([step('A', 'running')], 2);
  expect([told, store.version]).toEqual([0, 1]);
});

it('tells who looks at all of later events, which change no step', () => {
  const store = new StepStore();
  store.apply([step('A', 'running')], 2);
  const told: number[] = [];
  store.subscribe('A', () => expect.unreachable());
  store.subscribeAll(() => told.push(store.lastEvent));
  store.apply([], 3);
  store.apply([step('A', 'running')], 3);
  expect([told, store.version]).toEqual([[3], 1]);
});

it('forgets who has left', () => {
  const store = new StepStore();
  const leave = store.subscribe('A', () => expect.unreachable());
  leave();
  store.apply([step('A', 'running')], 2);
});

it('passes over steps that newer ones have overtaken', () => {
  const store = new StepStore();
  store.apply([step('A', 'succeeded')], 5);
  store.apply([step('A', 'running')], 4);
  expect(store.get('A')?.status).toBe('succeeded');
});
