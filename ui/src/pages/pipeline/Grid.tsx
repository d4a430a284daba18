import { useInfiniteQuery } from '@tanstack/react-query';
import { type KeyboardEvent, lazy, type MouseEvent, Suspense, useCallback, useEffect, useMemo, useRef } from 'react';
import { pipelines } from '../../api/pipelines';
import type { Cell, GridRun } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { CountsBar } from '../../components/CountsBar';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Problem } from '../../components/Problem';
import { Split } from '../../components/Split';
import type { Graph } from '../../graph/compile';
import { t, withTexts } from '../../i18n/text';
import { useAddress } from '../../state/address';
import { COLUMN, type Columns } from '../../state/columnsSeen';
import { between } from '../../state/format';
import { cellOf, type Choosing, type GridChoice, type GridPlan, keyOf } from '../../state/gridChoice';
import { type GridRow, rowsOf, within } from '../../state/gridRows';
import { countsOf, worst } from '../../state/status';
import { asking, statusOf } from '../../state/taskSteps';
import { GridBar } from './GridBar';
import { GridCell, GroupCell, RunBar } from './GridCell';
import { TaskName } from './TaskName';
import { useColumnsSeen } from './useColumnsSeen';
import { useGridChoice } from './useGridChoice';

const TaskOfRun = lazy(() => withTexts(import('./TaskOfRun'), 'run', 'steer', 'step').then(({ TaskOfRun }) => ({ default: TaskOfRun })));

/** Height of the tallest bar above the columns, in pixels. */
const BAR = 26;
const LEAST = 3;

interface Props {
  name: string;
  /** Which of its tasks ask people. */
  graph: Graph;
  /** The state of the tasks that are looked for. */
  only: string | undefined;
  onOnly: (status: StepStatus | null) => void;
}

/** Tasks by runs: what became of each, the newest run right. */
export function Grid({ name, graph, only, onOnly }: Props) {
  const asks = useMemo(() => asking(graph.nodes), [graph]);
  const pages = useInfiniteQuery({
    queryKey: ['pipeline', name, 'grid'],
    queryFn: ({ pageParam }) => pipelines.grid(name, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const { tasks, runs } = useMemo(() => {
    const all = pages.data?.pages ?? [];
    return { tasks: [...new Set(all.flatMap((page) => page.tasks))], runs: all.flatMap((page) => page.runs).toReversed() };
  }, [pages.data]);
  const counts = useMemo(() => countsOf(runs.map(({ states }) => ({ counts: tally(states, asks) }))), [runs, asks]);
  const wanted = counts.find(([status]) => status === only)?.[0] ?? null;
  const shown = useMemo(() => (wanted === null ? tasks : tasks.filter((task) => runs.some((run) => statusIn(run, task, asks) === wanted))), [tasks, runs, wanted, asks]);
  const [foldedText, setFolded] = useAddress('folded');
  const folded = useMemo(() => new Set(foldedText?.split(',')), [foldedText]);
  const rows = useMemo(() => rowsOf(shown, folded), [shown, folded]);
  const plan = useMemo<GridPlan>(() => {
    const states = new Map(runs.map((run) => [run.id, run.states]));
    return { tasks: rows.map(({ id }) => id), runs: [...states.keys()], has: ({ task, run }) => states.get(run)?.[task] !== undefined };
  }, [rows, runs]);
  const { choice, pick, leave } = useGridChoice(runs, plan);
  const fold = (group: string) => setFolded((folded.has(group) ? [...folded].filter((one) => one !== group) : [...folded, group]).join(','));
  const press = useCallback((cell: Cell, event: MouseEvent) => pick(cell, choosing(event)), [pick]);
  const side = useRef<HTMLDivElement>(null);
  const earlier = () => {
    // Who wants more does not wait until all that is there was looked at again.
    if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
  };
  const { columns: seen, onMove, toEarliest } = useColumnsSeen(side, runs, earlier);
  // What is beside takes room, once it has come: the cell that was chosen stays in sight.
  useEffect(() => {
    const element = side.current;
    if (!element || choice.last === null) return;
    const show = () => element.querySelector('.cell[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const observer = new ResizeObserver(show);
    observer.observe(element);
    return () => observer.disconnect();
  }, [choice.last]);
  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isSuccess && runs.length === 0) {
    return (
      <Empty title={t('pipelines.notRun')}>
        <p>{t('common.nothingRanHint')}</p>
      </Empty>
    );
  }
  const cells = [...choice.keys].map(cellOf);
  // One that is chosen alone is shown beside the grid.
  const single = cells.length === 1 ? cells[0]! : null;
  const run = runs.find(({ id }) => id === single?.run);
  return (
    <Split>
      <div
        className="grid-side"
        ref={side}
        style={{ '--runs': runs.length } as React.CSSProperties}
        onKeyDown={(event) => walk(event, plan, pick, leave)}
        onScrollCapture={({ target }) => target instanceof Element && target.matches('.table') && onMove()}
      >
        <div className="grid-tools">
          <CountsBar label={t('pipelines.legend')} counts={counts} chosen={wanted} onChoose={onOnly} isLegend />
          {pages.hasNextPage && (
            <button type="button" className="quiet small" disabled={pages.isFetchingNextPage} onClick={toEarliest}>
              {t('pipelines.earlier')}
            </button>
          )}
        </div>
        <DataTable
          label={t('pipelines.tasksByRuns')}
          columns={columns({ tasks: shown, asks, runs, seen, choice, wanted, reached: reachedIn(choice.last, plan.tasks, runs, seen), folded, onFold: fold, onPick: press })}
          columnCount={runs.length + 1}
          rows={rows}
          keyOf={({ id }) => id}
        />
        <p className="hint">{t('pipelines.chooseHint')}</p>
        {cells.length > 0 && <GridBar name={name} cells={cells} runs={runs} onLeave={leave} />}
      </div>
      {single && run && <Suspense><TaskOfRun key={keyOf(single)} run={run} task={single.task} /></Suspense>}
    </Split>
  );
}

type Asks = ReadonlySet<string>;

const statusIn = ({ states }: Pick<GridRun, 'states'>, task: string, asks: Asks) => statusOf({ state: states[task] ?? 'none' }, asks.has(task));

/** How many tasks of a run have each status. */
function tally(states: GridRun['states'], asks: Asks): Partial<Record<StepStatus, number>> {
  const counts: Partial<Record<StepStatus, number>> = {};
  for (const task of Object.keys(states)) {
    const status = statusIn({ states }, task, asks);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Where Tab comes to: the cell that was chosen last, if it is drawn, or the newest that is. */
function reachedIn(last: Cell | null, tasks: readonly string[], runs: readonly GridRun[], { from, to }: Columns): string | null {
  const isDrawn = last !== null && tasks.includes(last.task) && runs.slice(from, to).some(({ id }) => id === last.run);
  if (isDrawn) return keyOf(last);
  const newest = runs[to - 1];
  return newest && tasks[0] !== undefined ? keyOf({ task: tasks[0], run: newest.id }) : null;
}

interface Drawn {
  tasks: readonly string[];
  asks: Asks;
  runs: readonly GridRun[];
  seen: Columns;
  choice: GridChoice;
  wanted: StepStatus | null;
  reached: string | null;
  folded: ReadonlySet<string>;
  onFold: (group: string) => void;
  onPick: (cell: Cell, event: MouseEvent) => void;
}

function columns({ tasks, asks, runs, seen: { from, to }, choice, wanted, reached, folded, onFold, onPick }: Drawn): readonly Column<GridRow>[] {
  const took = (run: GridRun) => between(run.started, run.stopped, Date.now());
  const longest = runs.reduce((most, run) => Math.max(most, took(run)), 1);
  // The outermost stand for those that are not drawn.
  const widthOf = (at: number) => COLUMN * (1 + (at === from ? from : 0) + (at === to - 1 ? runs.length - to : 0));
  return [
    {
      name: t('pipelines.task'),
      width: 'var(--task)',
      className: 'cut mono',
      place: 1,
      cell: (row) => <TaskName row={row} isFolded={folded.has(row.id)} onFold={onFold} />,
    },
    ...runs.slice(from, to).map((run, index) => ({
      name: run.id,
      width: `${widthOf(from + index)}px`,
      className: index === 0 ? 'outermost' : '',
      place: from + index + 2,
      head: <RunBar run={run} height={Math.max(LEAST, (took(run) / longest) * BAR)} />,
      cell: ({ id, isGroup }: GridRow) => {
        // A group of tasks that is none itself is as the worst of them.
        if (isGroup && !tasks.includes(id)) return <GroupCell status={worst(within(tasks, id).map((task) => statusIn(run, task, asks)))} />;
        const status = statusIn(run, id, asks);
        const key = keyOf({ task: id, run: run.id });
        return (
          <GridCell
            task={id}
            run={run}
            status={status}
            isChosen={choice.keys.has(key)}
            isReached={key === reached}
            isFaded={wanted !== null && status !== wanted}
            onPick={onPick}
          />
        );
      },
    })),
  ];
}

/** Shift takes all up to a cell, Ctrl or ⌘ one more. */
function choosing({ shiftKey, ctrlKey, metaKey }: MouseEvent | KeyboardEvent): Choosing {
  if (shiftKey) return 'range';
  return ctrlKey || metaKey ? 'beside' : 'alone';
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The arrows go from cell to cell, and with Shift take what they pass; `x` takes one more. */
function walk(event: KeyboardEvent, { tasks, runs }: GridPlan, pick: (cell: Cell, how: Choosing) => void, leave: () => void): void {
  const { key, shiftKey, target } = event;
  const name = (target as HTMLElement).dataset['cell'];
  if (name === undefined) return;
  const by = ARROWS[key];
  const { task, run } = cellOf(name);
  if (key === 'x' || key === 'X') pick({ task, run }, key === 'X' ? 'range' : 'beside');
  else if (key === 'Escape') leave();
  else if (!by) return;
  event.preventDefault();
  if (!by) return;
  const to = { task: tasks[tasks.indexOf(task) + by[0]] ?? task, run: runs[runs.indexOf(run) + by[1]] ?? run };
  document.querySelector<HTMLElement>(`[data-cell="${CSS.escape(keyOf(to))}"]`)?.focus();
  if (shiftKey) pick(to, 'range');
}
