import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import type { PipelineTick, ScheduleView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { JsonView } from '../../components/JsonView';
import { When } from '../../components/When';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { isOfPipeline, runName } from '../../state/arn';
import { scheduleWords, zoneOf } from '../../state/scheduleWords';
import { Times } from './NextTicks';
import { ScheduleActions } from './ScheduleActions';
import { TickSign, whyNot } from './TickSign';

/** Ticks shown at once. */
const SHOWN = 60;

/** One schedule: when it is due, and what became of each tick. */
export function Schedule({ schedule }: { schedule: ScheduleView }) {
  const { workflow, workflowName, id, spec, next, pause, problem, active, waiting } = schedule;
  const isPipeline = isOfPipeline(workflow);
  return (
    <aside className="inspector" aria-label={t('schedules.scheduleOf', { workflow: workflowName, id })}>
      <header>
        <h2>
          {isPipeline ? (
            <Link to="/pipelines/$name" params={{ name: workflowName }}>{workflowName}</Link>
          ) : (
            <Link to="/workflows/$id" params={{ id: workflow }}>{workflowName}</Link>
          )}
        </h2>
        <p className="hint">
          {id} · {scheduleWords(spec)}
        </p>
      </header>
      <ScheduleActions schedule={schedule} />
      {problem && (
        <section className="failure" aria-label={t('schedules.problem')}>
          <p className="cause">{problem}</p>
        </section>
      )}
      <dl className="facts-list">
        {pause && (
          <div>
            <dt>{t('schedules.paused')}</dt>
            <dd>
              {rich('schedules.pausedSince', { time: <When at={pause.since} /> })}{' '}
              {pause.by && t('schedules.pausedBy', { name: pause.by })} {pause.reason && `— ${pause.reason}`}{' '}
              {pause.until && rich('calendar.restsUntil', { time: <When at={pause.until} /> })}
            </dd>
          </div>
        )}
        <div>
          <dt>{t('schedules.underWay')}</dt>
          <dd>{waiting > 0 ? t('schedules.activeWaiting', { active, waiting }) : active}</dd>
        </div>
        <div>
          <dt>{t('schedules.next')}</dt>
          <dd>
            {next.length === 0 && t('schedules.never')}
            {next.length > 0 && <Times zone={zoneOf(spec)} at={next} />}
          </dd>
        </div>
      </dl>
      {isPipeline ? <Ticks pipeline={workflowName} trigger={id} /> : schedule.last && <TickRow tick={schedule.last} />}
      <JsonView title={t('schedules.schedule')} text={JSON.stringify(schedule.spec)} />
    </aside>
  );
}

function Ticks({ pipeline, trigger }: { pipeline: string; trigger: string }) {
  const ticks = useQuery({ queryKey: ['ticks', pipeline, trigger], queryFn: () => pipelines.ticks(pipeline, trigger) });
  return (
    <section aria-label={t('schedules.ticks')}>
      <h3>{t('schedules.why')}</h3>
      <Answer of={ticks} what={t('schedules.theTicks')}>
        {({ items, next }) => (
          <>
            {items.length === 0 && <p className="hint">{t('schedules.notDue')}</p>}
            <ul className="plain-list ruled">
              {items.slice(0, SHOWN).map((tick) => (
                <li key={tick.scheduledAt}>
                  <TickRow tick={tick} />
                </li>
              ))}
            </ul>
            {(next !== undefined || items.length > SHOWN) && <p className="hint">{t('schedules.latestOnly')}</p>}
          </>
        )}
      </Answer>
    </section>
  );
}

function TickRow({ tick }: { tick: PipelineTick }) {
  const why = whyNot(tick);
  return (
    <div className="tick">
      <TickSign tick={tick} />
      <When at={tick.scheduledAt} />
      {tick.run ? (
        <Link to="/runs/$id" params={{ id: tick.run }} className="mono cut">
          {runName(tick.run)}
        </Link>
      ) : (
        <span />
      )}
      {why && <p className="hint why">{why}</p>}
    </div>
  );
}
