import { Link, useNavigate } from '@tanstack/react-router';
import type { RunItem } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';
import type { Marks } from '../../state/marks';
import { cellOf, VERSION } from '../../state/runColumns';
import { isOver, ofRun } from '../../state/status';

interface Props {
  rows: readonly RunItem[];
  isMore: boolean;
  /** The last row is seen. */
  onEnd: () => void;
  /** Whether all are of one workflow, so that its name is no news. */
  ofOne?: boolean;
  /** Columns beside those that are always there. */
  chosen?: readonly string[];
  marks?: Marks;
}

function columns(ofOne: boolean, chosen: readonly string[]): readonly Column<RunItem>[] {
  const workflow: Column<RunItem> = {
    name: t('runs.workflow'),
    width: 'minmax(100px, 1fr)',
    className: 'cut',
    isWide: true,
    cell: (run) => run.workflowName,
  };
  return [
    { name: t('runs.state'), width: '132px', cell: (run) => <Status status={ofRun(run.status)} /> },
    ...(ofOne ? [] : [workflow]),
    { name: t('runs.run'), width: 'minmax(80px, 2fr)', className: 'cut mono', cell: (run) => <Name run={run} /> },
    ...chosen.map(chosenColumn),
    {
      name: t('runs.started'),
      width: 'minmax(70px, 130px)',
      className: 'cut',
      cell: (run, now) => <When at={run.started} now={now} />,
    },
    {
      name: t('runs.duration'),
      width: '96px',
      className: 'number',
      isWide: true,
      cell: (run, now) => duration(between(run.started, run.stopped, now)),
    },
  ];
}

function chosenColumn(name: string): Column<RunItem> {
  const isVersion = name === VERSION;
  return {
    name: isVersion ? t('runs.version') : name,
    width: isVersion ? '72px' : 'minmax(80px, 1fr)',
    className: 'cut',
    isWide: true,
    cell: (run) => cellOf(run, name),
  };
}

function Name({ run }: { run: RunItem }) {
  const { id, name, redriveCount, isQuarantined } = run;
  return (
    <>
      <Link to="/runs/$id" params={{ id }} className="row-link">
        {name}
      </Link>
      {redriveCount > 0 && <span className="hint"> · {t('runs.redriven')}</span>}
      {isQuarantined && <span className="hint"> · {t('runs.setAside')}</span>}
    </>
  );
}

/** Runs in rows. */
export function RunsTable({ rows, isMore, onEnd, ofOne = false, chosen = [], marks }: Props) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={t('frame.runs')}
      columns={columns(ofOne, chosen)}
      rows={rows}
      keyOf={(run) => run.id}
      isMore={isMore}
      onEnd={onEnd}
      onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
      isTicking={rows.some((run) => !isOver(run.status))}
      {...(marks && { marks })}
    />
  );
}
