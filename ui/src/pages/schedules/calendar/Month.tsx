import { Link } from '@tanstack/react-router';
import type { TimelineLane } from '../../../api/schema';
import { Glyph } from '../../../components/Glyph';
import { t } from '../../../i18n/text';
import { dueOn, isoDay, monthOf, type Span, statusOfTick } from '../../../state/calendar';
import { worst } from '../../../state/status';
import { scheduleWords } from '../../../state/scheduleWords';
import { DayHead } from './DayHead';
import { Tick, timeOf } from './Tick';

/** Schedules that a day names; the others are counted. */
const SHOWN = 5;

interface Props {
  span: Span;
  lanes: readonly TimelineLane[];
  month: number;
}

/** Weeks of days, with one line for each schedule that is due. */
export function Month({ span, lanes, month }: Props) {
  return (
    <ol className="month" aria-label={t('calendar.month')}>
      {span.days.map((day) => {
        const due = dueOn(lanes, day);
        return (
          <li key={isoDay(day)} className={monthOf(day) === month ? '' : 'outside'}>
            <DayHead day={day} />
            <ul>
              {due.slice(0, SHOWN).map(({ lane, ticks }) => (
                <li key={lane.arn}>
                  {ticks.length === 1 ? (
                    <Tick lane={lane} tick={ticks[0]!}>
                      <span className="cut">
                        <span className="mono">{timeOf(ticks[0]!.at)}</span> {lane.workflowName}
                      </span>
                    </Tick>
                  ) : (
                    <Link to="/schedules" search={{ of: `${lane.workflow}/${lane.id}` }} className="tick-block" title={scheduleWords(lane.spec)}>
                      <Glyph status={worst(ticks.map(statusOfTick))} />
                      <span className="cut">{lane.workflowName}</span>
                      <span className="hint">×{ticks.length}</span>
                    </Link>
                  )}
                </li>
              ))}
            </ul>
            {due.length > SHOWN && (
              <Link
                to="/schedules"
                search={{ view: 'calendar', period: 'agenda', date: isoDay(day) }}
                className="hint more"
              >
                {t('calendar.more', { n: due.length - SHOWN })}
              </Link>
            )}
          </li>
        );
      })}
    </ol>
  );
}
