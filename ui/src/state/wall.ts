import { ownZone } from './zone';

const MINUTE_MS = 60_000;

let clock: Intl.DateTimeFormat | undefined;

/** An instant as the clocks of the reader's zone show it; months count from 0. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** Returns what the clocks of the reader's zone show at an instant. */
export function wallOf(at: Date): Wall {
  const numeric = 'numeric' as const;
  clock ??= new Intl.DateTimeFormat('en-US', {
    timeZone: ownZone(), hourCycle: 'h23', year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric,
  });
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)!;
  return { year: of('year'), month: of('month') - 1, day: of('day'), hour: of('hour'), minute: of('minute'), second: of('second') };
}

/** Returns by how many minutes the clocks of the reader's zone are ahead of UTC. */
export function offsetOf(at: Date): number {
  const { year, month, day, hour, minute, second } = wallOf(at);
  return Math.round((Date.UTC(year, month, day, hour, minute, second) - at.getTime()) / MINUTE_MS);
}

/** Returns the instant at which the clocks of the reader's zone show this. */
export function instantOf({ year, month, day, hour = 0, minute = 0 }: Pick<Wall, 'year' | 'month' | 'day'> & Partial<Wall>): Date {
  const asUtc = Date.UTC(year, month, day, hour, minute);
  const near = new Date(asUtc - offsetOf(new Date(asUtc)) * MINUTE_MS);
  return new Date(asUtc - offsetOf(near) * MINUTE_MS);
}

/** Reads what a field for a day and a time has, in the reader's zone; `null` if it has nothing. */
export function readWall(text: string): Date | null {
  const [, year, month, day, hour, minute] = (/^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/.exec(text) ?? []).map(Number);
  return year === undefined ? null : instantOf({ year, month: month! - 1, day: day!, hour: hour!, minute: minute! });
}
