import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import { runs } from '../../api/runs';
import type { DescribedPipeline, TaskView, TaskViews } from '../../api/schema';
import type { RunView } from '../../api/types';
import { Answer } from '../../components/Answer';
import type { Graph } from '../../graph/compile';
import { ofPipeline } from '../../graph/ofPipeline';
import { t } from '../../i18n/text';
import { Pacer } from '../../state/pacer';
import { paramOf } from '../../state/params';
import { StepStore } from '../../state/stepStore';
import { stepsOf } from '../../state/taskSteps';
import type { Told } from '../Run';
import { PipelineOrders } from './PipelineOrders';
import { RunParts } from './RunParts';
import { TaskInspector } from './TaskInspector';

/** Pause between two looks at the tasks, however much happens. */
const PAUSE_MS = 500;
/** What holds tasks back changes without events. */
const LOOK_MS = 5_000;
const NO_TASKS: Pick<TaskViews, 'items' | 'lastEvent'> = { items: [], lastEvent: 0 };

const isHeldBack = ({ blockedBy }: TaskView) => blockedBy !== undefined && blockedBy.length > 0;

/** A run of a pipeline: its tasks instead of states. */
export function PipelineRun({ view, told }: { view: RunView; told: Told }) {
  const { id, version, workflow } = view.run;
  const drawn = version ?? workflow;
  const pipeline = useQuery({ queryKey: ['pipeline', drawn], queryFn: () => pipelines.view(drawn) });
  const hasBegun = told.lastEvent > 0;
  const tasks = useQuery({
    queryKey: ['tasks', id, hasBegun],
    // A run that waits for a place has none yet.
    queryFn: () => (hasBegun ? runs.tasks(id) : NO_TASKS),
    refetchInterval: ({ state }) => (state.data?.items.some(isHeldBack) ? LOOK_MS : false),
  });
  useNewTasks(id, told);
  return (
    <Answer of={pipeline} what={t('run.thePipeline')}>
      {({ graph, params }) => (
        <Answer of={tasks} what={t('run.theTasks')}>
          {({ items, lastEvent }) => (
            <Shown view={view} told={told} drawing={graph} params={params} tasks={items} lastEvent={lastEvent} />
          )}
        </Answer>
      )}
    </Answer>
  );
}

interface ShownProps {
  view: RunView;
  told: Told;
  drawing: unknown;
  params: DescribedPipeline['params'];
  tasks: readonly TaskView[];
  lastEvent: number;
}

function Shown({ view, told, drawing, params, tasks, lastEvent }: ShownProps) {
  const graph = useMemo(() => ofPipeline(drawing), [drawing]);
  const store = useTaskStore(tasks, graph, lastEvent);
  return (
    <RunParts
      view={view}
      told={told}
      graph={graph}
      store={store}
      orders={(step) => (
        <PipelineOrders
          run={{ ...told.run, ...(view.run.input !== undefined && { input: view.run.input }) }}
          graph={graph}
          tasks={tasks}
          params={params.map(paramOf)}
          step={step}
        />
      )}
      inspect={(node) => (
        <TaskInspector
          key={node.id}
          run={view.run}
          definition={view.definition}
          node={node}
          task={tasks.find((task) => task.id === node.id)}
        />
      )}
    />
  );
}

function useTaskStore(tasks: readonly TaskView[], graph: Graph, lastEvent: number): StepStore {
  const [store] = useState(() => {
    const store = new StepStore();
    store.apply(stepsOf(tasks, graph), lastEvent);
    return store;
  });
  useEffect(() => store.apply(stepsOf(tasks, graph), lastEvent), [store, tasks, graph, lastEvent]);
  return store;
}

/** Asks for the tasks again when something has happened. */
function useNewTasks(id: string, { lastEvent, run }: Told): void {
  const queries = useQueryClient();
  const [pacer] = useState(() => new Pacer(PAUSE_MS, () => queries.invalidateQueries({ queryKey: ['tasks', id] })));
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else void pacer.ask();
  }, [pacer, lastEvent, run.status]);
}
