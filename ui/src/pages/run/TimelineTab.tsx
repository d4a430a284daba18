import { useMemo, useSyncExternalStore } from 'react';
import type { Run, Step } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
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
  if (steps.length === 0) return <Empty title={t('run.nothingBegun')} />;
  const ended = run.stopped === undefined ? now : Date.parse(run.stopped);
  return (
    <DataTable
      label={t('run.timeline')}
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
      name: t('run.step'),
      width: 'minmax(90px, 220px)',
      className: 'cut',
      cell: ({ state }) => (
        <button type="button" className="row-link" onClick={() => select(state)}>
          {state}
        </button>
      ),
    },
    { name: t('run.state'), width: '128px', isWide: true, cell: ({ status }) => <Status status={status} /> },
    {
      name: t('run.when'),
      width: 'minmax(120px, 1fr)',
      head: (
        <span className="axis">
          <span>{instant(new Date(began).toISOString(), now)}</span>
          <span>{duration(ended - began)}</span>
        </span>
      ),
      cell: (step) => {
        const { from, length } = span(step, began, ended);
        const after = duration(Date.parse(step.entered) - began);
        const about = t('run.bar', { step: step.state, after, took: took(step) });
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
    { name: t('run.duration'), width: '84px', className: 'number', cell: took },
  ];
}
