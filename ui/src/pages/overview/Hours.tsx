import type { Hour } from '../../api/schema';
import { t } from '../../i18n/text';
import { instant } from '../../state/format';

/** Height of the tallest bar, in pixels. */
const HEIGHT = 56;
const LEAST = 2;

/** Runs that ended, hour by hour. */
export function Hours({ hours }: { hours: readonly Hour[] }) {
  const most = Math.max(1, ...hours.map(({ succeeded, failed }) => succeeded + failed));
  const tall = (count: number) => (count === 0 ? 0 : Math.max(LEAST, (count / most) * HEIGHT));
  const tell = ({ succeeded, failed }: Hour) => t('overview.hour', { well: succeeded, failed });
  return (
    <figure className="hours">
      <figcaption>{t('overview.hours')}</figcaption>
      <div className="bars" role="img" aria-label={t('overview.lastHours', { n: hours.length, told: hours.map(tell).join('; ') })}>
        {hours.map((hour) => (
          <span key={hour.at} className="bar" title={t('overview.hourAt', { time: instant(hour.at), told: tell(hour) })}>
            <i className="bad" style={{ height: tall(hour.failed) }} />
            <i className="good" style={{ height: tall(hour.succeeded) }} />
          </span>
        ))}
      </div>
      <p className="hint ends">
        <span>{t('overview.dayAgo')}</span>
        <span>{t('overview.now')}</span>
      </p>
    </figure>
  );
}
