import type { Hour } from '../../api/schema';
import { instant } from '../../state/format';

/** Height of the tallest bar, in pixels. */
const HEIGHT = 56;
const LEAST = 2;

/** Runs that ended, hour by hour. */
export function Hours({ hours }: { hours: readonly Hour[] }) {
  const most = Math.max(1, ...hours.map(({ succeeded, failed }) => succeeded + failed));
  const tall = (count: number) => (count === 0 ? 0 : Math.max(LEAST, (count / most) * HEIGHT));
  const told = hours.map(({ succeeded, failed }) => `${succeeded} well, ${failed} not`).join('; ');
  return (
    <figure className="hours">
      <figcaption>Runs that ended, hour by hour</figcaption>
      <div className="bars" role="img" aria-label={`The last ${hours.length} hours: ${told}`}>
        {hours.map(({ at, succeeded, failed }) => (
          <span key={at} className="bar" title={`${instant(at)}: ${succeeded} well, ${failed} not`}>
            <i className="bad" style={{ height: tall(failed) }} />
            <i className="good" style={{ height: tall(succeeded) }} />
          </span>
        ))}
      </div>
      <p className="hint ends">
        <span>24 hours ago</span>
        <span>now</span>
      </p>
    </figure>
  );
}
