import type { ScheduleSpec } from '../../api/operate';
import type { PreviewedSchedule } from '../../api/schema';
import { localeTag, t } from '../../i18n/text';
import { scheduleWords } from '../../state/scheduleWords';
import { ownZone } from '../../state/zone';

/** The next times of a schedule, in its own zone and in the reader's. */
export function NextTicks({ spec, preview: { timezone, next, problem } }: { spec: ScheduleSpec; preview: PreviewedSchedule }) {
  if (problem !== undefined) {
    return (
      <p className="mistake" role="status">
        {problem}
      </p>
    );
  }
  return (
    <section aria-label={t('calendar.next')}>
      <p>
        <b>{scheduleWords(spec)}</b>
      </p>
      {next.length === 0 && <p className="hint">{t('schedules.never')}</p>}
      <div role="status">
        <Times zone={timezone} at={next} />
      </div>
    </section>
  );
}

/** Instants as the clocks of a schedule's zone show them, and those of the reader. */
export function Times({ zone, at: instants }: { zone: string; at: readonly string[] }) {
  const isSame = zone === ownZone();
  return (
    <span className={isSame ? 'next-ticks mono' : 'next-ticks pairs mono'}>
      <span className="hint">{zone}</span>
      {!isSame && <span className="hint">{ownZone()}</span>}
      {instants.map((at) => [
        <time key={at} dateTime={at}>
          {zoned(at, zone)}
        </time>,
        !isSame && (
          <span key={`${at} here`} className="hint">
            {zoned(at, ownZone())}
          </span>
        ),
      ])}
    </span>
  );
}

/** Writes an instant as the clocks of a zone show it, with how far that is from UTC. */
export function zoned(at: string, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false,
    timeZoneName: 'shortOffset', timeZone,
  };
  return new Intl.DateTimeFormat(localeTag(), options).format(new Date(at));
}
