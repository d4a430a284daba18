import { useQuery } from '@tanstack/react-query';
import { operate } from '../../../api/operate';
import { Answer } from '../../../components/Answer';
import { localeTag, t } from '../../../i18n/text';
import { isoDay, monthOf, moved, readDay, spanOf } from '../../../state/calendar';
import { type Period, PERIODS } from '../../../state/periods';
import { useFresh } from '../../../state/fresh';
import { ownZone } from '../../../state/zone';
import { Agenda } from './Agenda';
import { Month } from './Month';
import { Week } from './Week';
import '../../../styles/calendar.css';

/** Which days a calendar shows. */
export interface Days {
  period?: Period;
  date?: string;
}

interface Props extends Days {
  /** Its schedules alone are shown. */
  workflow?: string;
  onChange: (change: Days) => void;
}

/** Schedules over some days: what was, and what comes. */
export function Calendar({ period = 'week', date, workflow, onChange: go }: Props) {
  const day = readDay(date) ?? new Date();
  const span = spanOf(period, day);
  const timeline = useQuery({
    queryKey: ['timeline', span.from.getTime(), span.to.getTime()],
    queryFn: () => operate.timeline(span.from.toISOString(), span.to.toISOString()),
  });
  useFresh(['timeline']);
  const Drawn = { week: Week, month: Month, agenda: Agenda }[period];
  return (
    <div className="stack">
      <div className="calendar-bar">
        <button type="button" aria-label={t('calendar.before')} onClick={() => go({ date: isoDay(moved(period, day, -1)) })}>
          ‹
        </button>
        <button type="button" onClick={() => go({ date: isoDay(new Date()) })}>
          {t('calendar.today')}
        </button>
        <button type="button" aria-label={t('calendar.after')} onClick={() => go({ date: isoDay(moved(period, day, 1)) })}>
          ›
        </button>
        <h2 aria-live="polite">{titleOf(period, day, span.from, span.to)}</h2>
        <fieldset className="options">
          <legend className="visually-hidden">{t('calendar.period')}</legend>
          {PERIODS.map((one) => (
            <label key={one}>
              <input type="radio" name="period" checked={one === period} onChange={() => go({ period: one })} />
              {t(`calendar.${one}`)}
            </label>
          ))}
        </fieldset>
      </div>
      <Answer of={timeline} what={t('calendar.what')}>
        {({ items, isPartial }) => {
          const lanes = items.filter((lane) => workflow === undefined || lane.workflow === workflow);
          return (
            <>
              {(isPartial || lanes.some((lane) => lane.isPartial)) && <p className="hint">{t('calendar.partial')}</p>}
              {lanes.length === 0 && <p className="hint">{t('calendar.nothing')}</p>}
              <Drawn span={span} lanes={lanes} month={monthOf(day)} />
            </>
          );
        }}
      </Answer>
    </div>
  );
}

function titleOf(period: Period, day: Date, from: Date, to: Date): string {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(localeTag(), { ...options, timeZone: ownZone() });
  if (period === 'month') return format({ month: 'long', year: 'numeric' }).format(day);
  return format({ day: 'numeric', month: 'short', year: 'numeric' }).formatRange(from, new Date(to.getTime() - 1));
}
