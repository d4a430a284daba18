import type { Durations, RunBar } from '../../api/schema';
import { t } from '../../i18n/text';
import { duration, instant, moment } from '../../state/format';

const PARTS = ['p50', 'p95'] as const;
type Part = (typeof PARTS)[number];

/** How long something took within a while. */
type Bar = Pick<RunBar, 'at' | 'durations'>;

const ms = ({ durations }: Bar, part: Part) => (part === 'p50' ? durations?.p50Ms : durations?.p95Ms);

/** How long half, and 95 of a hundred, of the runs took that began in each while; beside it, how long tasks wait in their queues. */
export function DurationLines({ bars, waits }: { bars: readonly Bar[]; waits?: Durations | undefined }) {
  const most = Math.max(1, waits?.p95Ms ?? 0, ...bars.map((bar) => bar.durations?.p95Ms ?? 0));
  const latest = bars.findLast(({ durations }) => durations)?.durations;
  if (!latest) return <p className="hint">{t('metrics.noneEnded')}</p>;
  const told = t('metrics.tookLatest', { p50: duration(latest.p50Ms), p95: duration(latest.p95Ms) });
  return (
    <figure className="duration-lines">
      <svg viewBox={`0 0 ${bars.length} 1`} preserveAspectRatio="none" role="img" aria-label={told}>
        {waits && <path className="waits" d={`M0 ${1 - waits.p95Ms / most}H${bars.length}`} vectorEffect="non-scaling-stroke" />}
        {PARTS.map((part) => (
          <path key={part} className={part} d={line(bars, part, most)} vectorEffect="non-scaling-stroke" />
        ))}
        {bars.map((bar, at) => (
          <rect key={bar.at} x={at} width={1} height={1} fill="transparent">
            <title>{tell(bar)}</title>
          </rect>
        ))}
      </svg>
      <p className="hint ends">
        <span>{instant(bars[0]!.at)}</span>
        {bars.length > 1 && <span>{instant(bars.at(-1)!.at)}</span>}
      </p>
      <figcaption className="hint">
        <span>{t('metrics.most', { duration: duration(most) })}</span>
        <span>{told}</span>
      </figcaption>
    </figure>
  );
}

function tell({ at, durations }: Bar): string {
  const time = moment(at);
  if (!durations) return time;
  return t('metrics.took', { time, p50: duration(durations.p50Ms), p95: duration(durations.p95Ms) });
}

/** A step for each while in which runs ended; where none did, the line is broken. */
function line(bars: readonly Bar[], part: Part, most: number): string {
  let isDrawing = false;
  const steps = bars.map((bar, at) => {
    const took = ms(bar, part);
    const [before, y] = [isDrawing, 1 - (took ?? 0) / most];
    isDrawing = took !== undefined;
    return took === undefined ? '' : `${before ? 'L' : 'M'}${at} ${y}H${at + 1}`;
  });
  return steps.join('');
}
