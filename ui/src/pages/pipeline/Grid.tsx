import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { GridRun } from '../../api/schema';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Glyph } from '../../components/Glyph';
import { outcomeOf } from '../../components/Outcomes';
import { Problem } from '../../components/Problem';
import { Split } from '../../components/Split';
import { t } from '../../i18n/text';
import { between } from '../../state/format';
import { ofRun, ofTask, wordOf } from '../../state/status';
import { TaskOfRun } from './TaskOfRun';

/** Height of the tallest bar above the columns, in pixels. */
const BAR = 26;
const LEAST = 3;

interface Cell {
  task: string;
  run: string;
}

/** Tasks by runs: what became of each, the newest run right. */
export function Grid({ name }: { name: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['pipeline', name, 'grid'],
    queryFn: ({ pageParam }) => pipelines.grid(name, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const [chosen, setChosen] = useState<Cell | null>(null);
  const { tasks, runs } = useMemo(() => {
    const all = pages.data?.pages ?? [];
    return { tasks: [...new Set(all.flatMap((page) => page.tasks))], runs: all.flatMap((page) => page.runs).toReversed() };
  }, [pages.data]);
  const side = useRef<HTMLDivElement>(null);
  // What is beside takes room: the cell that was chosen, or else the newest run, stays in sight.
  useEffect(() => {
    const seen = side.current?.querySelector('.cell[aria-pressed="true"]') ?? side.current?.querySelector('.row .cell:last-child');
    seen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen, runs.length]);
  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isSuccess && runs.length === 0) {
    return (
      <Empty title={t('pipelines.notRun')}>
        <p>{t('pipelines.notRunHint')}</p>
      </Empty>
    );
  }
  const focus = chosen ?? (runs.length > 0 && tasks[0] ? { task: tasks[0], run: runs.at(-1)!.id } : null);
  const run = runs.find(({ id }) => id === chosen?.run);
  return (
    <Split>
      <div className="grid-side" ref={side} style={{ '--runs': runs.length } as React.CSSProperties} onKeyDown={(event) => move(event, tasks, runs)}>
        {pages.hasNextPage && (
          <button type="button" className="quiet small" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            {t('pipelines.earlier')}
          </button>
        )}
        <DataTable
          label={t('pipelines.tasksByRuns')}
          columns={columns(runs, focus, chosen, setChosen)}
          rows={tasks}
          keyOf={(task) => task}
        />
      </div>
      {chosen && run && <TaskOfRun key={`${chosen.run}${chosen.task}`} run={run} task={chosen.task} />}
    </Split>
  );
}

function columns(
  runs: readonly GridRun[],
  focus: Cell | null,
  chosen: Cell | null,
  choose: (cell: Cell) => void,
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
        const is = (cell: Cell | null) => cell?.run === run.id && cell.task === task;
        return (
          <button
            type="button"
            className="cell"
            tabIndex={is(focus) ? 0 : -1}
            aria-pressed={is(chosen)}
            aria-label={t('pipelines.cell', { task, run: run.name, status: wordOf(status) })}
            data-cell={`${task} ${run.id}`}
            onClick={() => choose({ task, run: run.id })}
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

/** The arrows go from cell to cell. */
function move(event: KeyboardEvent, tasks: readonly string[], runs: readonly GridRun[]): void {
  const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const cell = (event.target as HTMLElement).dataset['cell'];
  if (!by || cell === undefined) return;
  event.preventDefault();
  const [task, run] = cell.split(' ') as [string, string];
  const to = tasks[tasks.indexOf(task) + by[0]!];
  const of = runs[runs.findIndex(({ id }) => id === run) + by[1]!];
  document.querySelector<HTMLElement>(`[data-cell="${CSS.escape(`${to} ${of?.id}`)}"]`)?.focus();
}
