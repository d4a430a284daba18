import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { StepsDone } from '../../api/schema';
import type { RunItem } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';
import type { Marks } from '../../state/marks';
import { attributeOf, isOwn, type OwnColumn } from '../../state/runColumns';
import { versionOf } from '../../state/runVersion';
import type { Facts } from '../../state/runFacts';
import { isOver, standOfRun } from '../../state/status';

interface Props {
  rows: readonly RunItem[];
  isMore: boolean;
  /** Whether they are what was asked for before. */
  isOld?: boolean;
  /** The last row is seen. */
  onEnd: () => void;
  /** Whether all are of one workflow, so that its name is no news. */
  ofOne?: boolean;
  /** Columns beside those that are always there. */
  chosen?: readonly string[];
  /** What stands in some of them, and what runs wait for. */
  facts?: Facts;
  marks?: Marks;
}

const NO_FACTS: Facts = new Map();
/** On a phone the name of the workflow has the room. */
export const SLIM = { className: 'slim', narrow: '20px' } as const;

function columns(ofOne: boolean, chosen: readonly string[], facts: Facts): readonly Column<RunItem>[] {
  const workflow: Column<RunItem> = {
    name: t('runs.workflow'),
    width: 'minmax(100px, 1fr)',
    className: 'cut',
    isWide: true,
    cell: (run) => run.workflowName,
  };
  return [
    { name: t('runs.state'), width: '132px', ...(ofOne ? {} : SLIM), cell: ({ id, status }) => <Status status={standOfRun(status, facts.get(id)?.waits)} /> },
    ...(ofOne ? [] : [workflow]),
    { name: t('runs.run'), width: 'minmax(80px, 2fr)', className: 'cut parted mono', cell: (run) => <Name run={run} ofOne={ofOne} /> },
    ...chosen.map((name) => chosenColumn(name, facts)),
    {
      name: t('runs.started'),
      width: 'minmax(70px, 130px)',
      ...(ofOne ? {} : { narrow: '66px' }),
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

const WIDTHS: Record<OwnColumn, string> = { version: '72px', trigger: '96px', progress: '132px' };

function chosenColumn(name: string, facts: Facts): Column<RunItem> {
  const common = { className: 'cut', isWide: true };
  if (!isOwn(name)) return { ...common, name, width: 'minmax(80px, 1fr)', cell: (run) => attributeOf(run, name) };
  const cells: Record<OwnColumn, (run: RunItem) => ReactNode> = {
    version: versionOf,
    trigger: ({ id }) => triggerWord(facts.get(id)?.trigger),
    progress: ({ id, status }) => <Progress of={facts.get(id)?.progress} isWhole={status === 'SUCCEEDED'} />,
  };
  return { ...common, name: t(`runs.${name}`), width: WIDTHS[name], cell: cells[name] };
}

const TRIGGERS = ['manual', 'scheduled', 'backfill', 'event', 'api', 'child'] as const;

/** A word of a newer server is shown as it is. */
function triggerWord(trigger: string | undefined): string {
  const known = TRIGGERS.find((one) => one === trigger);
  return known ? t(`runs.trigger_${known}`) : (trigger ?? '');
}

/** A run that succeeded is done, however many of its steps were not on its way. */
function Progress({ of: progress, isWhole }: { of: StepsDone | undefined; isWhole: boolean }) {
  if (!progress) return null;
  const { done, of } = progress;
  const text = t('runs.doneOf', { done, of });
  return (
    <span className="progress">
      <progress value={isWhole ? of : done} max={Math.max(of, 1)} aria-label={text} />
      <span className="mono">{`${done}/${of}`}</span>
    </span>
  );
}

function Name({ run, ofOne }: { run: RunItem; ofOne: boolean }) {
  const { id, name, workflowName, redriveCount, isQuarantined } = run;
  return (
    <>
      {!ofOne && <span className="only-narrow cut">{workflowName} ·</span>}
      <Link to="/runs/$id" params={{ id }} className="row-link">
        {name}
      </Link>
      {redriveCount > 0 && <span className="hint"> · {t('runs.redriven')}</span>}
      {isQuarantined && <span className="hint"> · {t('runs.setAside')}</span>}
    </>
  );
}

/** Runs in rows. */
export function RunsTable({ rows, isMore, isOld = false, onEnd, ofOne = false, chosen = [], facts = NO_FACTS, marks }: Props) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={t('frame.runs')}
      columns={columns(ofOne, chosen, facts)}
      rows={rows}
      keyOf={(run) => run.id}
      isMore={isMore}
      isOld={isOld}
      onEnd={onEnd}
      onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
      isTicking={rows.some((run) => !isOver(run.status))}
      {...(marks && { marks })}
    />
  );
}
