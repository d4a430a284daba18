import { Link } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import type { Cell, GridRun } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Glyph } from '../../components/Glyph';
import { outcomeOf } from '../../components/Outcomes';
import { t } from '../../i18n/text';
import { keyOf } from '../../state/gridChoice';
import { ofRun, wordOf } from '../../state/status';

interface Props {
  task: string;
  run: GridRun;
  status: StepStatus;
  isChosen: boolean;
  /** Whether Tab comes to it: to one of all. */
  isReached: boolean;
  /** Whether others are looked for. */
  isFaded: boolean;
  onPick: (cell: Cell, event: MouseEvent) => void;
}

/** What became of a task in a run. */
export const GridCell = memo(function GridCell({ task, run, status, isChosen, isReached, isFaded, onPick }: Props) {
  const cell = { task, run: run.id };
  return (
    <button
      type="button"
      className={isFaded ? 'cell faded' : 'cell'}
      tabIndex={isReached ? 0 : -1}
      aria-pressed={isChosen}
      aria-label={t('pipelines.cell', { task, run: run.name, status: wordOf(status) })}
      data-cell={keyOf(cell)}
      onClick={(event) => onPick(cell, event)}
    >
      <Glyph status={status} size={14} />
    </button>
  );
});

/** What became of the tasks of a group in a run. */
export function GroupCell({ status }: { status: StepStatus }) {
  return (
    <span className="cell group" title={wordOf(status)}>
      <Glyph status={status} size={14} />
    </span>
  );
}

/** How long a run took beside others, as the head of its column. */
export function RunBar({ run, height }: { run: GridRun; height: number }) {
  const about = outcomeOf(run);
  return (
    <Link to="/runs/$id" params={{ id: run.id }} className="bar-link" title={about} aria-label={about}>
      <i className={`bar-${ofRun(run.status)}`} style={{ height }} />
    </Link>
  );
}
