import { localeTag, t } from '../../../i18n/text';
import { clockChange, isoDay } from '../../../state/calendar';
import { ownZone } from '../../../state/zone';

/** The name of a day; whether it is today, and whether the clocks change on it. */
export function DayHead({ day, isLong = false }: { day: Date; isLong?: boolean }) {
  const isToday = isoDay(day) === isoDay(new Date());
  const change = clockChange(day);
  const options: Intl.DateTimeFormatOptions = isLong
    ? { weekday: 'long', day: 'numeric', month: 'long' }
    : { weekday: 'short', day: 'numeric' };
  return (
    <span className={isToday ? 'day-head today' : 'day-head'}>
      <time dateTime={isoDay(day)} {...(isToday && { 'aria-current': 'date' as const })}>
        {day.toLocaleDateString(localeTag(), { ...options, timeZone: ownZone() })}
      </time>
      {change !== 0 && (
        <span className="hint clock-change">
          {t(change > 0 ? 'calendar.forward' : 'calendar.back', { n: Math.abs(change) })}
        </span>
      )}
    </span>
  );
}
