import { Link, useNavigate } from '@tanstack/react-router';
import type { RunItem } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { between, duration } from '../../state/format';
import { isOver, ofRun } from '../../state/status';

interface Props {
  rows: readonly RunItem[];
  isMore: boolean;
  /** The last row is seen. */
  onEnd: () => void;
  /** Whether all are of one workflow, so that its name is no news. */
  ofOne?: boolean;
}

const COLUMNS: readonly Column<RunItem>[] = [
  { name: 'State', width: '108px', cell: (run) => <Status status={ofRun(run.status)} /> },
  { name: 'Workflow', width: 'minmax(100px, 1fr)', className: 'cut', isWide: true, cell: (run) => run.workflowName },
  {
    name: 'Run',
    width: 'minmax(80px, 2fr)',
    className: 'cut mono',
    cell: (run) => (
      <>
        <Link to="/runs/$id" params={{ id: run.id }} className="row-link">
          {run.name}
        </Link>
        {run.redriveCount > 0 && <span className="hint"> · redriven</span>}
        {run.isQuarantined && <span className="hint"> · set aside</span>}
      </>
    ),
  },
  { name: 'Started', width: 'minmax(70px, 130px)', className: 'cut', cell: (run, now) => <When at={run.started} now={now} /> },
  {
    name: 'Duration',
    width: '96px',
    className: 'mono',
    isWide: true,
    cell: (run, now) => duration(between(run.started, run.stopped, now)),
  },
];

/** Runs in rows. */
export function RunsTable({ rows, isMore, onEnd, ofOne = false }: Props) {
  const navigate = useNavigate();
  return (
    <DataTable
      label="Runs"
      columns={ofOne ? COLUMNS.filter(({ name }) => name !== 'Workflow') : COLUMNS}
      rows={rows}
      keyOf={(run) => run.id}
      isMore={isMore}
      onEnd={onEnd}
      onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
      isTicking={rows.some((run) => !isOver(run.status))}
    />
  );
}
