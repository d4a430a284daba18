import type { PreviewedSchedule } from '../../api/schema';
import { localeTag, t } from '../../i18n/text';

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The next times of a schedule, in its own zone and in the reader's. */
export function NextTicks({ preview: { words, timezone, next, problem } }: { preview: PreviewedSchedule }) {
  if (problem !== undefined) {
    return (
      <p className="mistake" role="status">
        {problem}
      </p>
    );
  }
  const isSame = timezone === OWN_ZONE;
  return (
    <section aria-label={t('calendar.next')}>
      <p>
        <b>{words}</b>
      </p>
      {next.length === 0 && <p className="hint">{t('schedules.never')}</p>}
      <div className="next-ticks mono" role="status">
        <span className="hint">{timezone}</span>
        <span className="hint">{isSame ? '' : OWN_ZONE}</span>
        {next.map((at) => [
          <time key={at} dateTime={at}>
            {written(at, timezone)}
          </time>,
          <span key={`${at} here`} className="hint">
            {isSame ? '' : written(at, OWN_ZONE)}
          </span>,
        ])}
      </div>
    </section>
  );
}

/** Writes an instant as the clocks of a zone show it, with how far that is from UTC. */
function written(at: string, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false,
    timeZoneName: 'shortOffset', timeZone,
  };
  return new Intl.DateTimeFormat(localeTag(), options).format(new Date(at));
}
