import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { Cell, GridRun } from '../../api/schema';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Glyph } from '../../components/Glyph';
import { outcomeOf } from '../../components/Outcomes';
import { Problem } from '../../components/Problem';
import { Split } from '../../components/Split';
import { t } from '../../i18n/text';
import { between } from '../../state/format';
import { cellOf, choose, type Choosing, type GridChoice, type GridPlan, keyOf, NOTHING } from '../../state/gridChoice';
import { ofRun, ofTask, wordOf } from '../../state/status';
import { GridBar } from './GridBar';
import { TaskOfRun } from './TaskOfRun';

/** Height of the tallest bar above the columns, in pixels. */
const BAR = 26;
const LEAST = 3;

/** Tasks by runs: what became of each, the newest run right. */
export function Grid({ name }: { name: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['pipeline', name, 'grid'],
    queryFn: ({ pageParam }) => pipelines.grid(name, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const [choice, setChoice] = useState(NOTHING);
  const { tasks, runs } = useMemo(() => {
    const all = pages.data?.pages ?? [];
    return { tasks: [...new Set(all.flatMap((page) => page.tasks))], runs: all.flatMap((page) => page.runs).toReversed() };
  }, [pages.data]);
  const plan: GridPlan = {
    tasks,
    runs: runs.map(({ id }) => id),
    has: ({ task, run }) => runs.some(({ id, states }) => id === run && states[task] !== undefined),
  };
  const side = useRef<HTMLDivElement>(null);
  // What is beside takes room: the cell that was chosen, or else the newest run, stays in sight.
  useEffect(() => {
    const seen = side.current?.querySelector('.cell[aria-pressed="true"]') ?? side.current?.querySelector('.row .cell:last-child');
    seen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [choice.last, runs.length]);
  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isSuccess && runs.length === 0) {
    return (
      <Empty title={t('pipelines.notRun')}>
        <p>{t('pipelines.notRunHint')}</p>
      </Empty>
    );
  }
  const focus = choice.last ?? (runs.length > 0 && tasks[0] ? { task: tasks[0], run: runs.at(-1)!.id } : null);
  const cells = [...choice.keys].map(cellOf);
  // One that is chosen alone is shown beside the grid.
  const only = cells.length === 1 ? cells[0]! : null;
  const run = runs.find(({ id }) => id === only?.run);
  const pick = (cell: Cell, how: Choosing) => setChoice((before) => choose(before, cell, how, plan));
  return (
    <Split>
      <div className="grid-side" ref={side} style={{ '--runs': runs.length } as React.CSSProperties} onKeyDown={(event) => press(event, plan, pick, () => setChoice(NOTHING))}>
        {pages.hasNextPage && (
          <button type="button" className="quiet small" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            {t('pipelines.earlier')}
          </button>
        )}
        <DataTable
          label={t('pipelines.tasksByRuns')}
          columns={columns(runs, focus, choice, pick)}
          rows={tasks}
          keyOf={(task) => task}
        />
        <p className="hint">{t('pipelines.chooseHint')}</p>
        {cells.length > 0 && <GridBar name={name} cells={cells} runs={runs} onLeave={() => setChoice(NOTHING)} />}
      </div>
      {only && run && <TaskOfRun key={keyOf(only)} run={run} task={only.task} />}
    </Split>
  );
}

function columns(
  runs: readonly GridRun[],
  focus: Cell | null,
  choice: GridChoice,
  pick: (cell: Cell, how: Choosing) => void,
): readonly Column<string>[] {
  const took = (run: GridRun) => between(run.started, run.stopped, Date.now());
  const longest = Math.max(1, ...runs.map(took));
  return [
    { name: t('pipelines.task'), width: 'minmax(120px, 220px)', className: 'cut mono', cell: (task) => <TaskName id={task} /> },
    ...runs.map((run) => ({
      name: run.id,
      width: '24px',
      head: <Bar run={run} height={Math.max(LEAST, (took(run) / longest) * BAR)} />,
      cell: (task: string) => {
        const status = ofTask(run.states[task] ?? 'none');
        const cell = { task, run: run.id };
        const key = keyOf(cell);
        return (
          <button
            type="button"
            className="cell"
            tabIndex={focus && key === keyOf(focus) ? 0 : -1}
            aria-pressed={choice.keys.has(key)}
            aria-label={t('pipelines.cell', { task, run: run.name, status: wordOf(status) })}
            data-cell={key}
            onClick={(event) => pick(cell, choosing(event))}
          >
            <Glyph status={status} size={14} />
          </button>
        );
      },
    })),
  ];
}

function TaskName({ id }: { id: string }) {
  const path = id.split('.');
  return <span style={{ paddingInlineStart: (path.length - 1) * 14 }}>{path.at(-1)}</span>;
}

function Bar({ run, height }: { run: GridRun; height: number }) {
  const about = outcomeOf(run);
  return (
    <Link to="/runs/$id" params={{ id: run.id }} className="bar-link" title={about} aria-label={about}>
      <i className={`bar-${ofRun(run.status)}`} style={{ height }} />
    </Link>
  );
}

/** Shift takes all up to a cell, Ctrl or ⌘ one more. */
function choosing({ shiftKey, ctrlKey, metaKey }: MouseEvent | KeyboardEvent): Choosing {
  if (shiftKey) return 'range';
  return ctrlKey || metaKey ? 'beside' : 'alone';
}

const ARROWS: Record<string, readonly [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The arrows go from cell to cell, and with Shift take what they pass; `x` takes one more. */
function press(event: KeyboardEvent, { tasks, runs }: GridPlan, pick: (cell: Cell, how: Choosing) => void, leave: () => void): void {
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
