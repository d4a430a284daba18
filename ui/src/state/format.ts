import { localeTag, t } from '../i18n/text';
import { ownZone } from './zone';

/** Writes a duration in its two largest units: `1.2 s`, `1 m 34 s`, `2 h 5 m`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < 1_000) return t('units.ms', { n: Math.round(ms) });
  const seconds = ms / 1_000;
  if (seconds < 59.95) return t('units.s', { n: decimal(seconds) });
  const whole = Math.round(seconds);
  const units: [number, 'd' | 'h' | 'm' | 's'][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  const shown = units.slice(first, first + 2).filter(([count], at) => at === 0 || count > 0);
  return shown.map(([count, unit]) => t(`units.${unit}`, { n: count })).join(' ');
}

const NUMBERS = {
  decimal: { minimumFractionDigits: 1, maximumFractionDigits: 1 },
  amount: {},
} as const satisfies Record<string, Intl.NumberFormatOptions>;
const DATES = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
  day: { day: 'numeric', month: 'short' },
  dayOfYear: { day: 'numeric', month: 'short', year: 'numeric' },
  whole: { dateStyle: 'medium', timeStyle: 'medium' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Keeps what was made for a locale and a form: to make one takes longer than all that a page writes by it. */
function kept<Form extends string, Made>(make: (locale: string, form: Form) => Made): (locale: string, form: Form) => Made {
  const made = new Map<string, Made>();
  return (locale, form) => {
    const key = `${locale} ${form}`;
    const found = made.get(key) ?? make(locale, form);
    made.set(key, found);
    return found;
  };
}

const numbersIn = kept((locale, form: keyof typeof NUMBERS) => new Intl.NumberFormat(locale, NUMBERS[form]));
const datesIn = kept((locale, form: keyof typeof DATES) => new Intl.DateTimeFormat(locale, { ...DATES[form], timeZone: ownZone() }));

/** Writes a number with one digit after the point. */
function decimal(value: number): string {
  return numbersIn(localeTag(), 'decimal').format(value);
}

/** Writes a number of things. */
export function amount(count: number): string {
  return numbersIn(localeTag(), 'amount').format(count);
}

/** Writes a part of a whole in percent; no part that is less than all is written as all. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  if (part === 0 || part === whole) return t('units.percent', { n: part === 0 ? 0 : 100 });
  return t('units.percent', { n: decimal(Math.floor((part / whole) * 1_000) / 10) });
}

/** Milliseconds between two instants; up to now if the second is not there. */
export function between(from: string, to: string | undefined, now: number): number {
  return (to === undefined ? now : Date.parse(to)) - Date.parse(from);
}

/** Writes an instant in the reader's zone: the time alone if it is of today. */
export function instant(text: string, now = Date.now(), locale = localeTag()): string {
  const at = new Date(text);
  // A server may say what is no instant.
  if (Number.isNaN(at.getTime())) return text;
  const time = datesIn(locale, 'time').format(at);
  if (dayOf(at) === dayOf(now)) return time;
  return `${datesIn(locale, yearOf(at) === yearOf(now) ? 'day' : 'dayOfYear').format(at)} ${time}`;
}

/** The same day is written the same, whatever the locale. */
const dayOf = (at: Date | number) => datesIn('en', 'dayOfYear').format(at);
const yearOf = (at: Date | number) => dayOf(at).slice(-4);

/** Writes an instant whole, in the reader's zone. */
export function moment(text: string): string {
  return datesIn(localeTag(), 'whole').format(new Date(text));
}

/** Writes how large a text is. */
export function size(text: string): string {
  return bytes(new TextEncoder().encode(text).length);
}

/** Writes a number of bytes. */
export function bytes(count: number): string {
  return count < 1_024 ? t('units.B', { n: count }) : t('units.KiB', { n: decimal(count / 1_024) });
}

/** Lays JSON text out without reading its values: numbers keep all their digits. */
export function pretty(text: string): string {
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs) ?? [];
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    if (token === '{' || token === '[') {
      const isEmpty = next === '}' || next === ']';
      depth += 1;
      out += isEmpty ? token : token + line();
    } else if (token === '}' || token === ']') {
      const isEmpty = tokens[at - 1] === '{' || tokens[at - 1] === '[';
      depth = Math.max(0, depth - 1);
      out += isEmpty ? token : line() + token;
    } else if (token === ',') {
      out += token + line();
    } else {
      out += token === ':' ? ': ' : token;
    }
  });
  return out;
}
