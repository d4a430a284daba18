import type { TimelineLane } from '../../../api/schema';
import { t } from '../../../i18n/text';
import { dayOf, isoDay, type Span } from '../../../state/calendar';
import { DayHead } from './DayHead';
import { Tick, timeOf } from './Tick';
import { DenseList } from './Week';

/** A week as a list, day by day. */
export function Agenda({ span, lanes }: { span: Span; lanes: readonly TimelineLane[] }) {
  return (
    <div className="agenda" tabIndex={0} role="group" aria-label={t('calendar.agenda')}>
      {span.days.map((day) => {
        const { blocks, dense } = dayOf(lanes, day);
        return (
          <section key={isoDay(day)} aria-label={isoDay(day)}>
            <h3>
              <DayHead day={day} isLong />
            </h3>
            {blocks.length + dense.length === 0 && <p className="hint">{t('calendar.nothing')}</p>}
            <DenseList dense={dense} />
            <ul className="plain-list">
              {blocks.map(({ lane, tick }) => (
                <li key={`${lane.arn}${tick.at}`}>
                  <Tick lane={lane} tick={tick}>
                    <span className="mono">{timeOf(tick.at)}</span> <span>{lane.workflowName}</span>{' '}
                    <span className="hint">{lane.id}</span>
                  </Tick>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
