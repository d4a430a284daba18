import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { runs } from '../../api/runs';
import type { TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import type { Graph } from '../../graph/compile';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { hasFailed, undoable } from '../../state/again';
import { useKeys } from '../../state/keys';
import type { Param } from '../../state/params';
import { isOver } from '../../state/status';
import { RerunDialog } from './RerunDialog';
import { SignalDialog } from './SignalDialog';
import { UndoDialog } from './UndoDialog';

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
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'rerun' | 'undo' | 'signal' | null>(null);
  const isClosed = isOver(run.status);
  const close = () => setDialog(null);
  const look = () => {
    void queries.invalidateQueries({ queryKey: ['run', run.id] });
    void queries.invalidateQueries({ queryKey: ['tasks', run.id] });
  };
  useKeys({ r: () => isClosed && setDialog('rerun') });
  const undone = undoable(graph.nodes, tasks);
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
      <button type="button" disabled={!isClosed} onClick={() => setDialog('rerun')}>
        {t('run.rerunAsk')}
      </button>
      {dialog === 'undo' && <UndoDialog run={run} tasks={undone} onBegun={look} onClose={close} />}
      {dialog === 'signal' && <SignalDialog run={run.id} onClose={close} />}
      {dialog === 'rerun' && (
        <RerunDialog
          run={run}
          graph={graph}
          tasks={tasks}
          params={params}
          step={step}
          hasFailed={hasFailed(tasks, run.status)}
          onBegun={(id) => (id === run.id ? look() : void navigate({ to: '/runs/$id', params: { id } }))}
          onClose={close}
        />
      )}
    </>
  );
}

/** Keeps all tasks that have not begun from beginning, or lets those go that are held. */
function HoldAll({ run, tasks, onDone }: { run: string; tasks: readonly TaskView[]; onDone: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const order = tasks.some(({ asked }) => asked?.order === 'hold') ? 'release' : 'hold';
  const ask = () => {
    setError(null);
    runs.steerAll(run, order).then(onDone).catch(setError);
  };
  return (
    <>
      <button type="button" onClick={ask}>
        {t(`run.all_${order}`)}
      </button>
      {error !== null && <Problem error={error} />}
    </>
  );
}
