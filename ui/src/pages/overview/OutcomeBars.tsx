import { Link } from '@tanstack/react-router';
import { t } from '../../i18n/text';
import type { RunsSearch } from '../../router';
import { instant } from '../../state/format';

/** Height of the tallest bar, in pixels. */
const HEIGHT = 56;
const LEAST = 2;

/** How many runs went how in a while. */
export interface OutcomeBar {
  at: string;
  succeeded: number;
  failed: number;
}

interface Props {
  title: string;
  bars: readonly OutcomeBar[];
  stepMs: number;
  /** What of the runs fell into a while: their start, or their end. */
  by: 'started' | 'stopped';
  /** How long ago the first while was. */
  from: string;
}

/** Runs while by while; each bar leads to its runs. */
export function OutcomeBars({ title, bars, stepMs, by, from }: Props) {
  const most = Math.max(1, ...bars.map(({ succeeded, failed }) => succeeded + failed));
  const tall = (count: number) => (count === 0 ? 0 : Math.max(LEAST, (count / most) * HEIGHT));
  const tell = ({ succeeded, failed }: OutcomeBar) => t('overview.hour', { well: succeeded, failed });
  const told = bars.filter(({ succeeded, failed }) => succeeded + failed > 0);
  return (
    <figure className="hours">
      <figcaption>
        <Link to="/runs" search={runsOf(by, bars[0]?.at, undefined)}>{title}</Link>
      </figcaption>
      {/* Who goes by keys has the way above, and not one for each bar. */}
      <div className="bars" role="group" aria-label={t('overview.bars', { title, told: told.map((bar) => t('overview.hourAt', { time: instant(bar.at), told: tell(bar) })).join('; ') })}>
        {bars.map((bar) => {
          const name = t('overview.hourAt', { time: instant(bar.at), told: tell(bar) });
          const end = new Date(Date.parse(bar.at) + stepMs).toISOString();
          return (
            <Link key={bar.at} to="/runs" search={runsOf(by, bar.at, end)} className="bar" tabIndex={-1} title={name} aria-label={name}>
              <i className="bad" style={{ height: tall(bar.failed) }} />
              <i className="good" style={{ height: tall(bar.succeeded) }} />
            </Link>
          );
        })}
      </div>
      <p className="hint ends">
        <span>{from}</span>
        <span>{t('overview.now')}</span>
      </p>
    </figure>
  );
}

function runsOf(by: Props['by'], from: string | undefined, to: string | undefined): RunsSearch {
  const tests = [from && `${by} >= ${from}`, to && `${by} < ${to}`].filter(Boolean);
  return tests.length > 0 ? { q: tests.join(' and ') } : { view: 'all' };
}
