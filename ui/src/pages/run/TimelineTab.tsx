import { useMemo, useSyncExternalStore } from 'react';
import type { Run, Step } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { between, duration, instant } from '../../state/format';
import { useNow } from '../../state/now';
import { span } from '../../state/spans';
import { HUE, isOver } from '../../state/status';
import type { StepStore } from '../../state/stepStore';

interface Props {
  run: Run;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
}

/** What ran when: a bar for each step, from when it was entered first to when it was left last. */
export function TimelineTab({ run, store, step, onSelect }: Props) {
  const version = useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.version);
  const now = useNow(!isOver(run.status));
  const steps = useMemo(
    () => store.all().filter(({ entered }) => entered !== '').toSorted(inOrder),
    // The store is the same one for as long as the run is shown.
    [store, version],
  );
  if (steps.length === 0) return <Empty title="Nothing has begun yet" />;
  const ended = run.stopped === undefined ? now : Date.parse(run.stopped);
  return (
    <DataTable
      label="Timeline"
      columns={columns(Date.parse(run.started), ended, now, onSelect)}
      rows={steps}
      keyOf={({ state }) => state}
      open={step ?? undefined}
      onOpen={({ state }) => onSelect(state)}
    />
  );
}

function inOrder(a: Step, b: Step): number {
  return Date.parse(a.entered) - Date.parse(b.entered) || a.entryEvent - b.entryEvent;
}

function columns(began: number, ended: number, now: number, select: (state: string) => void): readonly Column<Step>[] {
  const took = (step: Step) => duration(between(step.entered, step.left, now));
  return [
    {
      name: 'Step',
      width: 'minmax(90px, 220px)',
      className: 'cut',
      cell: ({ state }) => (
        <button type="button" className="row-link" onClick={() => select(state)}>
          {state}
        </button>
      ),
    },
    { name: 'State', width: '128px', isWide: true, cell: ({ status }) => <Status status={status} /> },
    {
      name: 'When',
      width: 'minmax(120px, 1fr)',
      head: (
        <span className="axis">
          <span>{instant(new Date(began).toISOString(), now)}</span>
          <span>{duration(ended - began)}</span>
        </span>
      ),
      cell: (step) => {
        const { from, length } = span(step, began, ended);
        const about = `${step.state}: after ${duration(Date.parse(step.entered) - began)}, for ${took(step)}`;
        return (
          <span className="timeline-row" role="img" aria-label={about} title={about}>
            <i
              className={step.left === undefined ? 'timeline-bar open' : 'timeline-bar'}
              style={{ left: `min(${from}%, 100% - 3px)`, width: `${length}%`, '--hue': `var(--st-${HUE[step.status]})` } as React.CSSProperties}
            />
          </span>
        );
      },
    },
    { name: 'Duration', width: '84px', className: 'mono', cell: took },
  ];
}
