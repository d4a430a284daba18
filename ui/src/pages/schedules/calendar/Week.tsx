import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { TimelineLane } from '../../../api/schema';
import { Glyph } from '../../../components/Glyph';
import { t } from '../../../i18n/text';
import { dayOf, type Dense, isoDay, loadOn, type Span } from '../../../state/calendar';
import { useNow } from '../../../state/now';
import { scheduleWords } from '../../../state/scheduleWords';
import { wallOf } from '../../../state/wall';
import { DayHead } from './DayHead';
import { Tick, timeOf } from './Tick';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** The hour that the day is scrolled to, if nothing is now. */
const MORNING = 6;

interface Props {
  span: Span;
  lanes: readonly TimelineLane[];
}

/** Seven days, hour by hour; a block is as long as its run, or as half of the runs before it. */
export function Week({ span, lanes }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(true);
  const [from, to] = [span.from.getTime(), span.to.getTime()];
  useEffect(() => {
    const element = scroller.current;
    const isNow = from <= Date.now() && Date.now() < to;
    const hour = isNow ? Math.max(0, wallOf(new Date()).hour - 2) : MORNING;
    if (element) element.scrollTop = (element.scrollHeight * hour) / HOURS.length;
  }, [from, to]);
  const days = span.days.map((day) => ({ day, ...dayOf(lanes, day), load: loadOn(lanes, day) }));
  const most = Math.max(1, ...days.flatMap(({ load }) => load));
  return (
    <div className="week" role="group" aria-label={t('calendar.week')}>
      <div className="week-heads">
        <span />
        {days.map(({ day, dense, load }) => (
          <div key={isoDay(day)}>
            <DayHead day={day} />
            <LoadLine load={load} most={most} />
            <DenseList dense={dense} />
          </div>
        ))}
      </div>
      <div className="week-hours" ref={scroller} tabIndex={0} role="group" aria-label={t('calendar.hours')}>
        <div className="hour-names" aria-hidden="true">
          {HOURS.map((hour) => (
            <span key={hour}>{String(hour).padStart(2, '0')}</span>
          ))}
        </div>
        {days.map(({ day, blocks, columns }) => (
          <ol key={isoDay(day)} className="week-day" aria-label={isoDay(day)}>
            {blocks.map(({ lane, tick, top, height, column }) => (
              <li
                key={`${lane.arn}${tick.at}`}
                style={{
                  top: `${top * 100}%`,
                  height: `max(24px, ${height * 100}%)`,
                  insetInlineStart: `${(column / columns) * 100}%`,
                  width: `${100 / columns}%`,
                }}
              >
                <Tick lane={lane} tick={tick}>
                  <span className="cut">
                    <span className="mono">{timeOf(tick.at)}</span> {lane.workflowName}
                  </span>
                </Tick>
              </li>
            ))}
            <NowLine day={day} now={now} />
          </ol>
        ))}
      </div>
    </div>
  );
}

function NowLine({ day, now }: { day: Date; now: number }) {
  if (isoDay(new Date(now)) !== isoDay(day)) return null;
  const passed = (now - day.getTime()) / (24 * 3_600_000);
  return <li className="now-line" aria-hidden="true" style={{ top: `${passed * 100}%` }} />;
}

/** Schedules with many ticks on a day, one line each. */
export function DenseList({ dense }: { dense: readonly Dense[] }) {
  return (
    <ul className="dense">
      {dense.map(({ lane, count, status }) => (
        <li key={lane.arn}>
          <Link to="/schedules" search={{ of: `${lane.workflow}/${lane.id}` }} title={scheduleWords(lane.spec)}>
            <Glyph status={status} /> <span className="cut">{lane.workflowName}</span>
            <span className="hint">×{count}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** How many runs are under way, hour by hour. */
function LoadLine({ load, most }: { load: readonly number[]; most: number }) {
  const highest = Math.max(...load);
  const points = load.map((count, hour) => `${(hour / (load.length - 1)) * 100},${18 - (count / most) * 16}`);
  const label = t('calendar.load', { n: Math.round(highest * 10) / 10 });
  return (
    <svg className="load" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <polyline points={points.join(' ')} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
