import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../../api/client';
import { pipelines } from '../../api/pipelines';
import { runs } from '../../api/runs';
import type { DescribedPipeline, GridRun } from '../../api/schema';
import type { RunView } from '../../api/types';
import { Skeleton } from '../../components/Answer';
import { Unanswered } from '../../components/Unanswered';
import { ofPipeline } from '../../graph/ofPipeline';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { useFresh } from '../../state/fresh';
import { TaskInspector } from '../run/TaskInspector';

interface Props {
  run: GridRun;
  task: string;
}

/** A task of one run of the grid, as its run shows it. */
export function TaskOfRun({ run, task }: Props) {
  const drawn = run.version ?? run.workflow;
  const view = useQuery({ queryKey: ['run', run.id], queryFn: () => api.view(run.id) });
  const pipeline = useQuery({ queryKey: ['pipeline', drawn], queryFn: () => pipelines.view(drawn) });
  const waits = (
    <aside className="inspector" aria-label={t('pipelines.taskIn', { task, run: run.name })}>
      <Unanswered of={view.error ? view : pipeline} what={t('pipelines.theTask')}><Skeleton /></Unanswered>
    </aside>
  );
  return view.data && pipeline.data ? <Shown run={run} task={task} view={view.data} drawing={pipeline.data.graph} /> : waits;
}

function Shown({ run, task, view, drawing }: Props & { view: RunView; drawing: DescribedPipeline['graph'] }) {
  const tasks = useQuery({ queryKey: ['tasks', run.id], queryFn: () => runs.tasks(run.id) });
  const graph = useMemo(() => ofPipeline(drawing), [drawing]);
  useFresh(['run', run.id], ['tasks', run.id]);
  // A run under way can have tasks that its pipeline does not draw.
  const node = graph.nodes.find(({ id }) => id === task) ?? { id: task, kind: '', sub: '', parent: null, isContainer: false, source: {} };
  const place = (
    <p className="hint">
      {rich('pipelines.inRun', {
        run: <Link to="/runs/$id" params={{ id: run.id }} search={{ step: task }} className="mono">{run.name}</Link>,
      })}
    </p>
  );
  return (
    <TaskInspector
      run={view.run}
      definition={view.definition}
      node={node}
      task={tasks.data?.items.find(({ id }) => id === task)}
      isPast={false}
      label={t('pipelines.taskIn', { task, run: run.name })}
      place={place}
    />
  );
}
