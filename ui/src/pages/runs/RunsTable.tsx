import { useVirtualizer } from '@tanstack/react-virtual';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { RunItem } from '../../api/types';
import { Status } from '../../components/Glyph';
import { between, duration, instant } from '../../state/format';
import { useKeys } from '../../state/keys';
import { useNow } from '../../state/now';
import { isOver, ofRun } from '../../state/status';

const ROW_PX = 36;
const OVERSCAN = 12;

interface Props {
  rows: readonly RunItem[];
  isMore: boolean;
  /** The last row is seen. */
  onEnd: () => void;
}

/** Runs in rows, of which only those that are seen are there. */
export function RunsTable({ rows, isMore, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const [current, setCurrent] = useState<string | null>(null);
  const now = useNow(rows.some((row) => !isOver(row.status)));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (isMore && last >= rows.length - 1) onEnd();
  });

  const at = rows.findIndex((row) => row.id === current);
  const go = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    setCurrent(rows[index]?.id ?? null);
    virtual.scrollToIndex(index);
  };
  useKeys({
    j: () => go(at + 1),
    k: () => go(at - 1),
    Enter: () => {
      const focused = document.activeElement;
      if (focused instanceof HTMLAnchorElement || focused instanceof HTMLButtonElement) focused.click();
      else if (current) void navigate({ to: '/runs/$id', params: { id: current } });
    },
  });
  return (
    <div className="table" role="table" aria-label="Runs" aria-rowcount={isMore ? -1 : rows.length + 1}>
      <div className="row head" role="row" aria-rowindex={1}>
        {['State', 'Workflow', 'Run', 'Started', 'Duration'].map((name) => (
          <span key={name} role="columnheader">
            {name}
          </span>
        ))}
      </div>
      <div className="table-body" ref={scroller} role="rowgroup" tabIndex={0} aria-label="Rows of runs">
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => (
            <Row
              key={rows[index]!.id}
              run={rows[index]!}
              index={index}
              top={start}
              now={now}
              isCurrent={rows[index]!.id === current}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function Row(props: { run: RunItem; index: number; top: number; now: number; isCurrent: boolean }) {
  const { run, index, top, now, isCurrent } = props;
  return (
    <div
      className={isCurrent ? 'row current' : 'row'}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell">
        <Status status={ofRun(run.status)} />
      </span>
      <span role="cell" className="cut">
        {run.workflowName}
      </span>
      <span role="cell" className="cut mono">
        <Link to="/runs/$id" params={{ id: run.id }} className="row-link">
          {run.name}
        </Link>
        {run.redriveCount > 0 && <span className="hint"> · redriven</span>}
        {run.isQuarantined && <span className="hint"> · set aside</span>}
      </span>
      <span role="cell" className="mono">
        <time dateTime={run.started} title={run.started}>
          {instant(run.started, now)}
        </time>
      </span>
      <span role="cell" className="mono">
        {duration(between(run.started, run.stopped, now))}
      </span>
    </div>
  );
}
