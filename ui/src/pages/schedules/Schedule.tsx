import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import type { PipelineTick, ScheduleView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { JsonView } from '../../components/JsonView';
import { PauseButton } from '../../components/PauseButton';
import { When } from '../../components/When';
import { isOfPipeline, runName } from '../../state/arn';
import { TickSign, whyNot } from './TickSign';

/** Ticks shown at once. */
const SHOWN = 60;

/** One schedule: when it is due, and what became of each tick. */
export function Schedule({ schedule }: { schedule: ScheduleView }) {
  const { workflow, workflowName, id, words, next, pause, problem, active, waiting } = schedule;
  const isPipeline = isOfPipeline(workflow);
  return (
    <aside className="inspector" aria-label={`Schedule ${workflowName} ${id}`}>
      <header>
        <h2>
          {isPipeline ? (
            <Link to="/pipelines/$name" params={{ name: workflowName }}>{workflowName}</Link>
          ) : (
            <Link to="/workflows/$id" params={{ id: workflow }}>{workflowName}</Link>
          )}
        </h2>
        <p className="hint">
          {id} · {words}
        </p>
      </header>
      {isPipeline && (
        <div>
          <PauseButton name={workflowName} isPaused={schedule.state === 'paused'} />
        </div>
      )}
      {problem && (
        <section className="failure" aria-label="Problem">
          <p className="cause">{problem}</p>
        </section>
      )}
      <dl className="facts-list">
        {pause && (
          <div>
            <dt>Paused</dt>
            <dd>
              since <When at={pause.since} /> {pause.by && `by ${pause.by}`} {pause.reason && `— ${pause.reason}`}
            </dd>
          </div>
        )}
        <div>
          <dt>Under way</dt>
          <dd>
            {active} {waiting > 0 && `, ${waiting} waiting`}
          </dd>
        </div>
        <div>
          <dt>Next</dt>
          <dd>
            {next.length === 0 && 'never again'}
            {next.map((at) => (
              <p key={at}>
                <When at={at} />
              </p>
            ))}
          </dd>
        </div>
      </dl>
      {isPipeline ? <Ticks pipeline={workflowName} trigger={id} /> : schedule.last && <TickRow tick={schedule.last} />}
      <JsonView title="Schedule" text={JSON.stringify(schedule.spec)} />
    </aside>
  );
}

function Ticks({ pipeline, trigger }: { pipeline: string; trigger: string }) {
  const ticks = useQuery({ queryKey: ['ticks', pipeline, trigger], queryFn: () => pipelines.ticks(pipeline, trigger) });
  return (
    <section aria-label="Ticks">
      <h3>Why did it not run?</h3>
      <Answer of={ticks} what="the ticks">
        {({ items, next }) => (
          <>
            {items.length === 0 && <p className="hint">It has not been due yet.</p>}
            <ul className="plain-list ruled">
              {items.slice(0, SHOWN).map((tick) => (
                <li key={tick.scheduledAt}>
                  <TickRow tick={tick} />
                </li>
              ))}
            </ul>
            {(next !== undefined || items.length > SHOWN) && <p className="hint">Only the latest are shown.</p>}
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
