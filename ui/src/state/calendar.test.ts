import { expect, it } from 'vitest';
import type { TimelineLane, TimelineTick } from '../api/schema';
import { clockChange, dayOf, dueOn, isoDay, loadOn, moved, readDay, spanOf, statusOfTick } from './calendar';

process.env['TZ'] = 'Europe/Lisbon';
const DAY = new Date(2027, 2, 10);

const lane = (ticks: TimelineTick[], medianMs?: number): TimelineLane => ({
  arn: `arn:${ticks.length}`,
  workflow: 'w',
  workflowName: 'w',
  id: 'nightly',
  words: '',
  spec: {},
  isPaused: false,
  isPartial: false,
  ticks,
  ...(medianMs !== undefined && { medianMs }),
});
const at = (hour: number, minute = 0): TimelineTick => ({ at: new Date(2027, 2, 10, hour, minute).toISOString() });

it('shows whole weeks from Monday on', () => {
  const { days } = spanOf('week', DAY);
  expect([days.length, isoDay(days[0]!), isoDay(days[6]!)]).toEqual([7, '2027-03-08', '2027-03-14']);
  const month = spanOf('month', DAY);
  expect([month.days.length, isoDay(month.from), isoDay(month.to)]).toEqual([35, '2027-03-01', '2027-04-05']);
  expect(isoDay(moved('month', new Date(2027, 0, 31), 1))).toBe('2027-02-01');
  expect(readDay('2027-03-10')).toEqual(DAY);
  expect(readDay('tomorrow')).toBeNull();
});

it('knows the days on which the clocks change', () => {
  expect(clockChange(new Date(2027, 2, 28))).toBe(60);
  expect(clockChange(new Date(2027, 9, 31))).toBe(-60);
  expect(clockChange(DAY)).toBe(0);
});

it('puts what is at the same time beside each other, as long as it takes', () => {
  const { blocks, columns } = dayOf([lane([at(6)], 2 * 3_600_000), lane([at(7), at(12)])], DAY);
  expect(columns).toBe(2);
  expect(blocks.map(({ column }) => column)).toEqual([0, 1, 0]);
  expect([blocks[0]!.top, blocks[0]!.height]).toEqual([6 / 24, 2 / 24]);
});

it('tells many ticks of a schedule, and too many at once, as one', () => {
  const busy = lane(Array.from({ length: 24 }, (_, hour) => at(hour)));
  const { blocks, dense } = dayOf([busy], DAY);
  expect([blocks.length, dense.map(({ count, status }) => [count, status])]).toEqual([0, [[24, 'not_reached']]]);
  const crowd = dayOf(Array.from({ length: 6 }, () => lane([at(2)])), DAY);
  expect([crowd.blocks.length, crowd.dense.length]).toEqual([4, 2]);
});

it('has the schedules of a day in the order of their first ticks', () => {
  const due = dueOn([lane([at(7, 5)]), lane([]), lane([at(0), at(1)]), lane([at(2)])], DAY);
  expect(due.map(({ ticks }) => ticks)).toEqual([[at(0), at(1)], [at(2)], [at(7, 5)]]);
});

it('says what became of a tick as its run did', () => {
  expect(statusOfTick({ at: '', state: 'run', status: 'FAILED' })).toBe('failed');
  expect(statusOfTick({ at: '', state: 'skipped' })).toBe('skipped');
  expect(statusOfTick({ at: '' })).toBe('not_reached');
});

it('counts the runs that are under way in each hour', () => {
  const load = loadOn([lane([at(6, 30)], 2 * 3_600_000), lane([at(7)], 3_600_000)], DAY);
  expect(load.slice(5, 10)).toEqual([0, 1, 2, 1, 0]);
});
