import type { TimelineLane, TimelineTick } from '../api/schema';
import type { StepStatus } from '../api/types';
import type { Period } from './periods';
import { ofRun, worst } from './status';
import { instantOf, offsetOf, wallOf } from './wall';

/** Some days, in the reader's zone. */
export interface Span {
  days: readonly Date[];
  from: Date;
  /** The beginning of the day after the last one. */
  to: Date;
}

/** A tick in its place on a day. */
export interface Block {
  lane: TimelineLane;
  tick: TimelineTick;
  /** Where it begins, and how long it is, as parts of the day. */
  top: number;
  height: number;
  /** Its place among those at the same time. */
  column: number;
}

/** A schedule with so many ticks on a day that they are told as one. */
export interface Dense {
  lane: TimelineLane;
  count: number;
  status: StepStatus;
}

/** A day as it is drawn. */
export interface Day {
  blocks: readonly Block[];
  /** How many stand beside each other at most. */
  columns: number;
  dense: readonly Dense[];
}

const HOUR_MS = 3_600_000;
/** More ticks of one schedule on one day are told as one. */
const TICKS_DRAWN = 12;
/** More ticks at the same time are told as one for each schedule. */
const COLUMNS_MAX = 4;
/** What is shorter is drawn as long, so that it can be read and pressed. */
const DRAWN_MS = 40 * 60_000;
/** A run of which nobody knows how long it takes. */
const UNKNOWN_MS = 60_000;

/** Returns the beginning of the day that is some days after another. */
export function dayAfter(date: Date, days: number): Date {
  const { year, month, day } = wallOf(date);
  return instantOf({ year, month, day: day + days });
}

/** Returns the month that a day is in, of those that count from 0. */
export function monthOf(date: Date): number {
  return wallOf(date).month;
}

/** Returns the days that a period shows which has `date` in it; weeks begin on Monday. */
export function spanOf(period: Period, date: Date): Span {
  const { year, month } = wallOf(date);
  const monday = (of: Date) => dayAfter(of, -((weekdayOf(of) + 6) % 7));
  const begin = {
    agenda: () => dayAfter(date, 0),
    week: () => monday(date),
    month: () => monday(instantOf({ year, month, day: 1 })),
  }[period]();
  const last = instantOf({ year, month: month + 1, day: 0 });
  const count = period === 'month' ? weeksBetween(begin, last) * 7 : 7;
  const days = Array.from({ length: count }, (_, at) => dayAfter(begin, at));
  return { days, from: begin, to: dayAfter(begin, count) };
}

function weekdayOf(date: Date): number {
  const { year, month, day } = wallOf(date);
  return new Date(Date.UTC(year, month, day)).getUTCDay();
}

function weeksBetween(monday: Date, last: Date): number {
  let weeks = 0;
  while (dayAfter(monday, weeks * 7) <= last) weeks += 1;
  return weeks;
}

/** Returns a day in the period before or after. */
export function moved(period: Period, date: Date, by: 1 | -1): Date {
  const { year, month } = wallOf(date);
  return period === 'month' ? instantOf({ year, month: month + by, day: 1 }) : dayAfter(date, by * 7);
}

/** Writes a day as addresses have it. */
export function isoDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const { year, month, day } = wallOf(date);
  return `${year}-${two(month + 1)}-${two(day)}`;
}

/** Reads a day of an address. */
export function readDay(text: string | undefined): Date | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? '') ?? [];
  return year ? instantOf({ year: Number(year), month: Number(month) - 1, day: Number(day) }) : null;
}

/** Returns by how many minutes the clocks go forward on a day; less than 0 if they go back. */
export function clockChange(day: Date): number {
  return offsetOf(dayAfter(day, 1)) - offsetOf(day);
}

/** Returns what became of a tick, in the words of steps; one that is to come is not reached. */
export function statusOfTick({ state, status }: TimelineTick): StepStatus {
  if (state === undefined) return 'not_reached';
  if (state === 'run') return status ? ofRun(status) : 'succeeded';
  const told = { skipped: 'skipped', buffered: 'queued', dropped: 'aborted', coalesced: 'caught', failed: 'failed' } as const;
  return told[state];
}

/** Returns how long the run of a tick took, or takes as far as anybody knows. */
export function lengthOf(lane: TimelineLane, tick: TimelineTick): number {
  if (tick.state !== undefined && tick.run === undefined) return 0;
  return tick.tookMs ?? lane.medianMs ?? UNKNOWN_MS;
}

/** Returns the ticks of a day. */
export function ticksOn(lane: TimelineLane, day: Date): readonly TimelineTick[] {
  const [from, to] = [day.getTime(), dayAfter(day, 1).getTime()];
  return lane.ticks.filter(({ at }) => from <= Date.parse(at) && Date.parse(at) < to);
}

/** Returns the schedules that are due on a day with their ticks there, in the order of the first ones. */
export function dueOn(lanes: readonly TimelineLane[], day: Date): { lane: TimelineLane; ticks: readonly TimelineTick[] }[] {
  const due = lanes.map((lane) => ({ lane, ticks: ticksOn(lane, day) })).filter(({ ticks }) => ticks.length > 0);
  return due.toSorted((a, b) => Date.parse(a.ticks[0]!.at) - Date.parse(b.ticks[0]!.at));
}

/** Lays out the ticks of a day. */
export function dayOf(lanes: readonly TimelineLane[], day: Date): Day {
  const dense: Dense[] = [];
  const drawn: { lane: TimelineLane; tick: TimelineTick }[] = [];
  for (const lane of lanes) {
    const ticks = ticksOn(lane, day);
    if (ticks.length > TICKS_DRAWN) dense.push(told(lane, ticks));
    else drawn.push(...ticks.map((tick) => ({ lane, tick })));
  }
  drawn.sort((a, b) => Date.parse(a.tick.at) - Date.parse(b.tick.at));
  const [from, length] = [day.getTime(), dayAfter(day, 1).getTime() - day.getTime()];
  const ends: number[] = [];
  const blocks: Block[] = [];
  const crowded = new Map<TimelineLane, TimelineTick[]>();
  for (const { lane, tick } of drawn) {
    const begin = Date.parse(tick.at);
    const took = Math.max(DRAWN_MS, lengthOf(lane, tick));
    const free = ends.findIndex((end) => end <= begin);
    const column = free < 0 ? ends.length : free;
    if (column >= COLUMNS_MAX) {
      crowded.set(lane, [...(crowded.get(lane) ?? []), tick]);
      continue;
    }
    ends[column] = begin + took;
    const top = (begin - from) / length;
    blocks.push({ lane, tick, top, height: Math.min(took / length, 1 - top), column });
  }
  dense.push(...[...crowded].map(([lane, ticks]) => told(lane, ticks)));
  return { blocks, columns: Math.max(1, ends.length), dense };
}

function told(lane: TimelineLane, ticks: readonly TimelineTick[]): Dense {
  return { lane, count: ticks.length, status: worst(ticks.map(statusOfTick)) };
}

/** Returns how many runs are under way at once in each hour of a day, as far as anybody knows. */
export function loadOn(lanes: readonly TimelineLane[], day: Date): readonly number[] {
  const from = day.getTime();
  const hours = Math.round((dayAfter(day, 1).getTime() - from) / HOUR_MS);
  const counts = Array.from({ length: hours }, () => 0);
  for (const lane of lanes) {
    for (const tick of lane.ticks) {
      const begin = Date.parse(tick.at) - from;
      const took = lengthOf(lane, tick);
      if (took === 0) continue;
      const first = Math.max(0, Math.floor(begin / HOUR_MS));
      const last = Math.min(hours - 1, Math.floor((begin + took - 1) / HOUR_MS));
      for (let hour = first; hour <= last; hour += 1) counts[hour]! += Math.min(1, took / HOUR_MS);
    }
  }
  return counts;
}
