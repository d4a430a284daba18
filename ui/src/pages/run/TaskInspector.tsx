import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { api } from '../../api/client';
import { runs, type TaskOrder } from '../../api/runs';
import type { Block, Output, TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import { Command } from '../../components/Command';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import { TaskFacts } from '../../components/TaskFacts';
import { When } from '../../components/When';
import type { GraphNode } from '../../graph/compile';
import type { ServerWord } from '../../i18n/catalogue';
import { rich } from '../../i18n/rich';
import { ofServer, t } from '../../i18n/text';
import { useServerTexts } from '../../i18n/useServerTexts';
import { bytes } from '../../state/format';
import { detailOf } from '../../state/blockDetails';
import { instanceCounts, isOver } from '../../state/status';
import { canSteer, statusOf } from '../../state/taskSteps';
import { Instances } from './Instances';
import { Attempts } from './step/Attempts';
import { Files } from './step/Files';
import { MarkButton } from './step/MarkButton';
import { StepOrders } from './step/StepOrders';

const SourceText = lazy(() => import('./SourceText').then(({ SourceText }) => ({ default: SourceText })));

interface Props {
  run: Run;
  /** The text of the pipeline that it runs. */
  definition: string;
  node: GraphNode;
  task: TaskView | undefined;
  /** Whether it is told how it stood at the end of an earlier generation. */
  isPast: boolean;
  /** What it is called, and where it belongs, on other pages than that of its run. */
  label?: string;
  place?: ReactNode;
}

/** How one task went, or why it does not go. */
export function TaskInspector({ run, definition, node, task, isPast, label = t('run.taskOf', { name: node.id }), place }: Props) {
  return (
    <aside className="inspector" aria-label={label}>
      <header>
        <h2>{node.id}</h2>
        <p className="hint">{[node.kind, node.sub].filter(Boolean).join(' · ')}</p>
        {place}
      </header>
      {task ? (
        <TaskFacts task={task} status={statusOf(task, node.kind === 'approve')}>
          <Waits task={task} isOver={isPast || isOver(run.status)} />
          {!isPast && (
            <div className="actions">
              {node.kind === 'approve' && task.ended === undefined && !isOver(run.status) && (
                <Link to="/approvals" className="button primary">{t('run.decide')}</Link>
              )}
              {run.status === 'RUNNING' && canSteer(task) && <Steer run={run.id} task={task} />}
              <MarkButton run={run.id} task={task.id} />
            </div>
          )}
        </TaskFacts>
      ) : (
        <p className="hint">{t('run.unknown')}</p>
      )}
      {task?.tries && task.tries.length > 1 && <Attempts key={task.id} run={run.id} of={task.tries} count={task.attempts} />}
      <StepOrders
        run={run}
        step={node.id}
        canTest={!node.isContainer && place === undefined}
        // Elsewhere what runs again is chosen among the tasks of many runs.
        {...(!isPast && place === undefined && { again: { word: t('step.redriveHere'), isOff: !isOver(run.status), ...(!isOver(run.status) && { hint: t('step.notOver') }) } })}
      />
      {task?.instances && (
        <Instances key={node.id} run={run.id} id={task.id} haveFailed={task.instances.failed > 0} counts={instanceCounts(task.instances)} isOver={task.ended !== undefined} canMark={!isPast} />
      )}
      {task?.tries && <InputOf key={`${node.id} ${task.tries.at(-1)!.event}`} run={run.id} event={task.tries.at(-1)!.event} />}
      {task?.output && !isNothing(task) && <OutputOf key={`${node.id} ${task.output.event}`} run={run.id} task={node.id} output={task.output} />}
      <Files run={run.id} task={node.id} isOver={task?.ended !== undefined} />
      <Suspense>
        <SourceText title={t('run.task')} definition={definition} node={node} isPipeline />
      </Suspense>
    </aside>
  );
}

/** What a task was sent last; it stands in the event that offered it, and is fetched when it is asked for. */
function InputOf({ run, event }: { run: string; event: number }) {
  const [isWanted, setWanted] = useState(false);
  const page = useQuery({ queryKey: ['event', run, event], queryFn: () => api.events(run, event, 1), enabled: isWanted });
  const text = page.data?.items[0]?.details['parameters'];
  if (typeof text === 'string') return <JsonView title={t('run.input')} text={text} />;
  return (
    <div>
      <button type="button" disabled={isWanted && !page.isError} onClick={() => setWanted(true)}>
        {t('step.showInput')}
      </button>
      {page.isError && <Problem error={page.error} />}
    </div>
  );
}

/** A task that failed gave nothing; a group tells that as `null`. */
const isNothing = ({ state, output }: TaskView) => state !== 'success' && output?.value === null;

/** What a task gave. What is large is fetched when it is asked for. */
function OutputOf({ run, task, output }: { run: string; task: string; output: Output }) {
  const [isWanted, setWanted] = useState(false);
  const page = useQuery({ queryKey: ['event', run, output.event], queryFn: () => api.events(run, output.event, 1), enabled: isWanted });
  const found = page.data?.items[0]?.details['output'];
  const text = output.value === undefined ? found : JSON.stringify(output.value);
  if (typeof text === 'string') return <JsonView title={t('run.output')} text={text} roots={{ jsonata: `needs.${task}.output` }} />;
  return (
    <div>
      <button type="button" disabled={isWanted} onClick={() => setWanted(true)}>
        {t('run.showOutput', { size: bytes(output.bytes) })}
      </button>
    </div>
  );
}

/** The kind in the reader's language, and beside it what else the server says; all of that where the kind is unknown. */
function BlockText({ of: { kind, name, text } }: { of: Block }) {
  useServerTexts();
  const said = ofServer(`block_${kind}` as ServerWord, { name: name ?? '' });
  if (said === undefined) return text;
  const detail = detailOf(text);
  return (
    <>
      {said} {detail !== undefined && <span className="hint">({detail})</span>}
    </>
  );
}

/** What can be done where no worker takes a task. */
function WorkerWanted({ text }: { text: string }) {
  const tags = /no worker (?:handles .+ and )?has tags (.+)\)$/.exec(text)?.[1]?.replaceAll(', ', ',');
  return (
    <>
      {tags !== undefined && <Command text={`compasso worker --server ${location.origin} --tags ${tags}`} />}
      <p>
        <Link to="/workers">{t('frame.workers')}</Link>
      </p>
    </>
  );
}

function Waits({ task, isOver }: { task: TaskView; isOver: boolean }) {
  const { blockedBy = [], asked } = task;
  if (isOver || (blockedBy.length === 0 && !asked)) return null;
  return (
    <section className="stale" aria-label={t('run.waitsFor')}>
      <h3>{t('run.waitsFor')}</h3>
      <ul className="plain-list">
        {blockedBy.map((block) => (
          <li key={`${block.kind} ${block.name ?? block.text}`}>
            <BlockText of={block} />
            {block.kind === 'workers' && <WorkerWanted text={block.text} />}
          </li>
        ))}
        {asked?.order === 'skip' && (
          <li>
            {asked.by
              ? rich('run.willSkipBy', { name: asked.by, time: <When at={asked.at} /> })
              : rich('run.willSkip', { time: <When at={asked.at} /> })}
          </li>
        )}
      </ul>
    </section>
  );
}

function Steer({ run, task }: { run: string; task: TaskView }) {
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const ask = (order: TaskOrder) => {
    setError(null);
    runs
      .steer(run, task.id, order)
      .then(() => queries.invalidateQueries({ queryKey: ['tasks', run] }))
      .catch(setError);
  };
  const orders: readonly TaskOrder[] = [task.asked ? 'release' : 'hold', ...(task.asked?.order === 'skip' ? [] : (['skip'] as const))];
  return (
    <div>
      <div className="actions">
        {orders.map((order) => (
          <button key={order} type="button" onClick={() => ask(order)}>
            {t(`run.order_${order}`)}
          </button>
        ))}
      </div>
      {error !== null && <Problem error={error} />}
    </div>
  );
}
