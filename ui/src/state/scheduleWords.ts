import { localeTag, t } from '../i18n/text';

/** The members of a schedule that say when it is due. */
interface Spec {
  cron?: string;
  every?: string;
  rrule?: string;
  at?: readonly string[];
  timezone?: string;
}

/** Most times of day, and instants of a list, that are told one by one. */
const TIMES_TOLD = 6;
const INSTANTS_TOLD = 3;
const UNITS = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
const SECONDS: Record<string, number> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };
const SHORT: Record<string, string> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** What stands where a schedule does not say when it is due. */
const NOTHING = '–';

/**
 * Tells in the reader's language when a schedule is due; a cron that has no words stays as it is written. A server that
 * says nothing of it, or nothing that is known here, breaks no page.
 */
export function scheduleWords(spec: Record<string, unknown> | null | undefined): string {
  const { cron, every, rrule, at, timezone } = (spec ?? {}) as Spec;
  if (cron === undefined && every === undefined && rrule === undefined && at === undefined) return NOTHING;
  if (every !== undefined) return periodWords(every);
  const [, own, text] = /^(?:CRON_TZ|TZ)=(\S+)\s+(.*)$/.exec(cron?.trim() ?? '') ?? [null, undefined, cron?.trim()];
  const when = text !== undefined ? cronWords(text) : rrule !== undefined ? t('when.rule', { rule: rrule }) : instantWords(at ?? []);
  const zone = own ?? timezone;
  return zone === undefined ? when : t('when.inZone', { when, zone });
}

/** Returns the time zone of a schedule, which is UTC if it says nothing. */
export function zoneOf(spec: Record<string, unknown> | null | undefined): string {
  const { cron, timezone } = (spec ?? {}) as Spec;
  const [, own] = /^(?:CRON_TZ|TZ)=(\S+)/.exec(cron?.trim() ?? '') ?? [];
  return own ?? timezone ?? 'UTC';
}

function instantWords(at: readonly string[]): string {
  if (at.length === 0) return t('when.never');
  if (at.length <= INSTANTS_TOLD) return t('when.at', { times: listed(at) });
  return t('when.atMany', { n: at.length, first: at[0]!, last: at.at(-1)! });
}

function periodWords(text: string): string {
  const seconds = secondsOf(text.trim());
  const unit = UNITS.find(([, length]) => seconds > 0 && seconds % length === 0);
  return unit ? t(`when.every_${unit[0]}`, { n: seconds / unit[1] }) : t('when.every', { text });
}

/** Reads a duration in whole seconds; 0 if it is none that is told. */
function secondsOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const plain = text.startsWith('P') ? text.slice(1).replace('T', '').toLowerCase() : text;
  if (!/^(\d+[wdhms])+$/.test(plain)) return 0;
  return [...plain.matchAll(/(\d+)([wdhms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit!]!, 0);
}

function cronWords(cron: string): string {
  const whole = SHORT[cron.toLowerCase()] ?? cron;
  if (whole.startsWith('@every ')) return periodWords(whole.slice('@every '.length));
  const fields = whole.split(/\s+/);
  const [second, minute, hour, day, month, weekday] = fields.length === 6 ? fields : ['0', ...fields];
  const plain = t('when.cron', { cron });
  if (weekday === undefined || (!isAny(day!) && !isAny(weekday))) return plain;
  const times = timeWords(second!, minute!, hour!);
  const months = month === '*' ? undefined : each(month!, MONTHS, 1, (index) => named({ month: 'long' }, Date.UTC(2023, index, 1)));
  if (times === null || months === null) return plain;
  const when = dayWords(times, day!, weekday);
  if (when === null) return plain;
  return months === undefined ? when : t('when.inMonths', { when, months });
}

const isAny = (field: string) => field === '*' || field === '?';

interface Times {
  text: string;
  /** Whether it is about single times of a day, which is told then. */
  isSingle: boolean;
}

/** Tells the times of day; `null` if there are no words for them. */
function timeWords(second: string, minute: string, hour: string): Times | null {
  const [seconds, minutes, hours] = [second, minute, hour].map(numbers);
  if (!seconds) return null;
  if (minutes && hours && seconds.length * minutes.length * hours.length <= TIMES_TOLD) {
    const two = (value: number) => String(value).padStart(2, '0');
    const told = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => `${two(h)}:${two(m)}${s > 0 ? `:${two(s)}` : ''}`)));
    return { text: t('when.at', { times: listed(told) }), isSingle: true };
  }
  if (second !== '0') return null;
  const [everyMinutes, everyHours] = [stepOf(minute), stepOf(hour)];
  if (everyHours !== null && minute === '0') return { text: t('when.every_hour', { n: everyHours }), isSingle: false };
  const text = everyMinutes !== null ? t('when.every_minute', { n: everyMinutes }) : minutes ? t('when.ofHour', { minutes: listed(minutes.map(String)) }) : null;
  if (text === null || (everyHours !== null && everyHours > 1)) return null;
  if (everyHours === 1) return { text, isSingle: false };
  const between = each(hour, [], 0, String);
  return between === null ? null : { text: t('when.hours', { when: text, hours: between }), isSingle: false };
}

/** Tells on which days; `null` if there are no words for them. */
function dayWords({ text: when, isSingle }: Times, day: string, weekday: string): string | null {
  if (isAny(day) && isAny(weekday)) return isSingle ? t('when.daily', { when }) : when;
  if (day === 'L') return t('when.lastDay', { when });
  if (isAny(weekday)) {
    const days = each(day, [], 0, String);
    return days === null ? null : t('when.onMonthDays', { when, days });
  }
  // 2023 began on a Sunday.
  const days = each(weekday, WEEKDAYS, 0, (index) => named({ weekday: 'long' }, Date.UTC(2023, 0, 1 + (index % 7))));
  return days === null ? null : t('when.onWeekdays', { when, days });
}

function numbers(field: string): number[] | null {
  return /^\d+(,\d+)*$/.test(field) ? field.split(',').map(Number) : null;
}

function stepOf(field: string): number | null {
  if (field === '*') return 1;
  const [, step] = /^\*\/(\d+)$/.exec(field) ?? [];
  return step === undefined ? null : Number(step);
}

/** Tells a list of values and ranges; `null` if it has something else in it. */
function each(field: string, names: readonly string[], first: number, one: (index: number) => string): string | null {
  const value = (text: string) => {
    const index = /^\d+$/.test(text) ? Number(text) - first : names.indexOf(text.toUpperCase());
    return index < 0 ? null : one(index);
  };
  const parts = field.split(',').map((part) => {
    const [from, to, more] = part.split('-').map(value);
    if (from === null || from === undefined || to === null || more !== undefined) return null;
    return to === undefined ? from : t('when.range', { from, to });
  });
  return parts.some((part) => part === null) ? null : listed(parts as string[]);
}

function named(how: Intl.DateTimeFormatOptions, at: number): string {
  return new Intl.DateTimeFormat(localeTag(), { ...how, timeZone: 'UTC' }).format(at);
}

function listed(texts: readonly string[]): string {
  return new Intl.ListFormat(localeTag(), { type: 'conjunction' }).format(texts);
}
