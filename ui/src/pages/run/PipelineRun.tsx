import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
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
import { piecesOfTasks } from '../../state/pieces';
import { StepStore } from '../../state/stepStore';
import { stepsOf } from '../../state/taskSteps';
import type { Told } from '../Run';
import { PipelineOrders } from './PipelineOrders';
import { RunParts } from './RunParts';
import { TaskInspector } from './TaskInspector';

const route = getRouteApi('/runs/$id');
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
  const generations = told.run.redriveCount + 1;
  const { generation = generations } = route.useSearch();
  const isPast = generation < generations;
  const before = useQuery({ queryKey: ['tasks', id, 'of', generation], queryFn: () => runs.tasks(id, generation), enabled: isPast, staleTime: Infinity });
  return (
    <Answer of={pipeline} what={t('run.thePipeline')}>
      {({ graph, params }) => (
        <Answer of={tasks} what={t('run.theTasks')}>
          {(present) => (
            <Answer of={isPast ? before : tasks} what={t('run.theTasks')}>
              {(shown) => (
                <Shown
                  key={isPast ? generation : 'present'}
                  view={view}
                  told={told}
                  drawing={graph}
                  params={params}
                  present={present.items}
                  tasks={shown.items}
                  lastEvent={shown.lastEvent}
                  isPast={isPast}
                  choice={generations > 1 && <GenerationChoice of={generations} shown={Math.min(generation, generations)} />}
                />
              )}
            </Answer>
          )}
        </Answer>
      )}
    </Answer>
  );
}

/** Which generation is shown: the run as it is, or as an earlier one ended. */
function GenerationChoice({ of, shown }: { of: number; shown: number }) {
  const navigate = useNavigate({ from: '/runs/$id' });
  const { generation: _, ...rest } = route.useSearch();
  const choose = (generation: number) =>
    void navigate({ search: { ...rest, ...(generation < of && { generation }) }, replace: true });
  return (
    <label className="generation">
      {t('common.generation')}{' '}
      <select value={shown} onChange={({ target }) => choose(Number(target.value))}>
        {Array.from({ length: of }, (_, at) => of - at).map((number) => (
          <option key={number} value={number}>{number === of ? t('step.present', { number }) : number}</option>
        ))}
      </select>
    </label>
  );
}

interface ShownProps {
  view: RunView;
  told: Told;
  drawing: unknown;
  params: DescribedPipeline['params'];
  /** Its tasks as they are now, and as they are shown. */
  present: readonly TaskView[];
  tasks: readonly TaskView[];
  lastEvent: number;
  /** Whether an earlier generation is shown. */
  isPast: boolean;
  choice: ReactNode;
}

function Shown({ view, told, drawing, params, present, tasks, lastEvent, isPast, choice }: ShownProps) {
  const graph = useMemo(() => ofPipeline(drawing), [drawing]);
  const store = useTaskStore(tasks, graph, lastEvent);
  const pieces = useMemo(() => piecesOfTasks(tasks, graph.nodes), [tasks, graph]);
  return (
    <RunParts
      view={view}
      told={told}
      graph={graph}
      store={store}
      choice={choice}
      pieces={pieces}
      orders={(step) => (
        <PipelineOrders
          run={{ ...told.run, ...(view.run.input !== undefined && { input: view.run.input }) }}
          graph={graph}
          tasks={present}
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
          isPast={isPast}
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
