import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import { runs } from '../../api/runs';
import type { TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import type { Graph } from '../../graph/compile';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { type Extent, hasFailed, undoable } from '../../state/again';
import { useKeys } from '../../state/keys';
import { type Param, paramOf } from '../../state/params';
import { hasEndedBadly, isOver } from '../../state/status';
import { ordersOfAll } from '../../state/taskSteps';
import { type Latest, RerunDialog } from './RerunDialog';
import { SignalDialog } from './SignalDialog';
import { UndoDialog } from './UndoDialog';

const route = getRouteApi('/runs/$id');

interface Props {
  run: Run;
  graph: Graph;
  tasks: readonly TaskView[];
  params: readonly Param[];
  /** The task that is selected. */
  step: string | null;
}

/** What a run of a pipeline takes: signals while it goes on; its tasks again, or undone, once it is closed. */
export function PipelineOrders({ run, graph, tasks, params, step }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate({ from: '/runs/$id' });
  const { again, ...search } = route.useSearch();
  const [opened, setDialog] = useState<'redrive' | 'again' | 'undo' | 'signal' | 'latest' | null>(null);
  const dialog = opened ?? again ?? null;
  const isClosed = isOver(run.status);
  const latest = useLatest(run, isClosed);
  const close = () => {
    setDialog(null);
    // The address asks once.
    if (again) void navigate({ search, replace: true });
  };
  const look = () => {
    void queries.invalidateQueries({ queryKey: ['run', run.id] });
    void queries.invalidateQueries({ queryKey: ['tasks', run.id] });
  };
  useKeys({ r: () => isClosed && setDialog('redrive') });
  const failed = isClosed && hasFailed(tasks, run.status);
  const isMended = failed && latest?.isNewer === true;
  const undone = undoable(graph.nodes, tasks);
  const isOfRerun = dialog === 'redrive' || dialog === 'step' || dialog === 'again' || (dialog === 'latest' && latest !== undefined);
  const canUndo = isClosed && undone.length > 0 && run.compensation?.state !== 'complete';
  return (
    <>
      {graph.nodes.some(({ source }) => source['compensates'] === true) && (
        <button type="button" disabled={!canUndo} onClick={() => setDialog('undo')}>
          {t('run.undoAsk')}
        </button>
      )}
      {run.status === 'RUNNING' && <HoldAll run={run.id} tasks={tasks} onDone={look} />}
      {!isClosed && (
        <button type="button" onClick={() => setDialog('signal')}>
          {t('steer.signalAsk')}
        </button>
      )}
      <button type="button" disabled={!isClosed} onClick={() => setDialog('again')}>
        {t('run.againAsk')}
      </button>
      <button
        type="button"
        className={hasEndedBadly(run.status) && !isMended ? 'primary' : undefined}
        disabled={!isClosed}
        onClick={() => setDialog('redrive')}
      >
        {t('run.redriveAsk')}
      </button>
      {isMended && (
        <button type="button" className="primary" onClick={() => setDialog('latest')}>
          {t('run.againLatestAsk', { number: latest.number })}
        </button>
      )}
      {dialog === 'undo' && <UndoDialog run={run} tasks={undone} onBegun={look} onClose={close} />}
      {dialog === 'signal' && <SignalDialog run={run.id} onClose={close} />}
      {isOfRerun && (
        <RerunDialog
          run={run}
          graph={graph}
          tasks={tasks}
          params={params}
          step={step}
          hasFailed={failed}
          latest={latest}
          begins={beginsWith(dialog, failed, step)}
          onBegun={(id) => (id === run.id ? look() : void navigate({ to: '/runs/$id', params: { id } }))}
          onClose={close}
        />
      )}
    </>
  );
}

/** What a dialog has chosen at first. */
function beginsWith(dialog: string | null, failed: boolean, step: string | null): Extent {
  if (dialog === 'latest') return 'latest';
  if (dialog === 'again') return 'new';
  if (dialog === 'step' && step !== null) return 'from';
  return failed ? 'failed' : 'all';
}

/** What its pipeline is now, for a run that is closed; it may have been mended since. */
function useLatest({ workflowName, version }: Run, isClosed: boolean): Latest | undefined {
  const present = useQuery({ queryKey: ['pipeline', workflowName], queryFn: () => pipelines.view(workflowName), enabled: isClosed });
  if (!present.data) return undefined;
  const { version: { number }, params } = present.data;
  return { number, params: params.map(paramOf), isNewer: Number(version?.split(':').at(-1)) < number };
}

/** Keeps all tasks that have not begun from beginning, or lets those go that are held. */
function HoldAll({ run, tasks, onDone }: { run: string; tasks: readonly TaskView[]; onDone: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const ask = (order: 'hold' | 'release') => {
    setError(null);
    runs.steerAll(run, order).then(onDone).catch(setError);
  };
  return (
    <>
      {ordersOfAll(tasks).map((order) => (
        <button key={order} type="button" onClick={() => ask(order)}>
          {t(`run.all_${order}`)}
        </button>
      ))}
      {error !== null && <Problem error={error} />}
    </>
  );
}
