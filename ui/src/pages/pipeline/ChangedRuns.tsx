import type { Cell, ChangedCell, ChangedCells, GridRun } from '../../api/schema';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';

interface Props {
  told: ChangedCells;
  runs: readonly GridRun[];
  isDone?: boolean;
}

/** What became of tasks of runs, or would: run by run, each task with its outcome, and what follows from them. */
export function ChangedRuns({ told: { items, affected }, runs, isDone = false }: Props) {
  const refused = items.filter((item) => item.refused !== undefined).length;
  const ids = [...new Set(items.map(({ run }) => run))];
  const nameOf = (run: string) => runs.find(({ id }) => id === run)?.name ?? runName(run);
  const counts = [
    t(isDone ? 'grid.doneTasks' : 'grid.possibleTasks', { n: items.length - refused }),
    refused > 0 && t('grid.refusedTasks', { n: refused }),
    affected.length > 0 && t('grid.affectedTasks', { n: affected.length }),
  ];
  return (
    <section aria-label={t('grid.outcome')}>
      <p role="status">
        <b>{counts.filter(Boolean).join(' · ')}</b>
      </p>
      <ul className="plain-list ruled plan" tabIndex={0} aria-label={t('grid.outcome')}>
        {ids.map((run) => (
          <li key={run}>
            <h3 className="mono">{nameOf(run)}</h3>
            <ul className="plain-list">
              {items.filter((item) => item.run === run).map((item) => (
                <Outcome key={item.task} item={item} isDone={isDone} />
              ))}
            </ul>
            <Affected cells={affected.filter((cell) => cell.run === run)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Outcome({ item: { task, refused, waiting, generation }, isDone }: { item: ChangedCell; isDone: boolean }) {
  const word = refused !== undefined ? t('grid.refused') : waiting ? t('grid.waits') : t(isDone ? 'grid.done' : 'grid.possible');
  return (
    <li>
      <span className="line">
        <Status status={refused !== undefined ? 'failed' : waiting ? 'queued' : isDone ? 'succeeded' : 'not_reached'} word={word} />
        <span className="mono">{task}</span>
        {generation !== undefined && <span className="hint">{t('grid.generation', { number: generation })}</span>}
      </span>
      {refused !== undefined && <p className="hint why">{refused}</p>}
    </li>
  );
}

function Affected({ cells }: { cells: readonly Cell[] }) {
  if (cells.length === 0) return null;
  return <p className="hint">{t('grid.affected', { tasks: cells.map(({ task }) => task).join(', ') })}</p>;
}
