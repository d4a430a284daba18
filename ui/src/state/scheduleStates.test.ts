import { expect, it } from 'vitest';
import type { ScheduleView } from '../api/schema';
import { SCHEDULES_ONLY } from './scheduleStates';

const tick = (late: number) => ({ trigger: 't', state: 'run', scheduledAt: '2026-01-01T06:00:00Z', handledAt: new Date(Date.parse('2026-01-01T06:00:00Z') + late).toISOString() });
const schedule = (change: object) => ({ state: 'active', next: ['2999-01-01T00:00:00Z'], ...change }) as unknown as ScheduleView;

it('calls a schedule late whose tick came a minute after it was due, or did not come', () => {
  const { late } = SCHEDULES_ONLY;
  expect(late(schedule({ last: tick(500) }))).toBe(false);
  expect(late(schedule({ last: tick(61_000) }))).toBe(true);
  expect(late(schedule({ last: { ...tick(500), state: 'skipped', reason: 'misfire' } }))).toBe(true);
  expect(late(schedule({ next: ['2026-01-01T06:00:00Z'] }))).toBe(true);
  expect(late(schedule({ state: 'paused', next: ['2026-01-01T06:00:00Z'] }))).toBe(false);
});

it('calls one at rest that is paused or cannot run', () => {
  const { rest } = SCHEDULES_ONLY;
  expect([schedule({}), schedule({ state: 'paused' }), schedule({ problem: 'there is no calendar' })].map(rest)).toEqual([false, true, true]);
});
