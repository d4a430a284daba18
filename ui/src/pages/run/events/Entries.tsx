import { useMemo, useState } from 'react';
import type { RunEvent, Step, StepStatus } from '../../../api/types';
import { type Column, DataTable } from '../../../components/DataTable';
import { Status } from '../../../components/Glyph';
import { t } from '../../../i18n/text';
import { amount, between, duration } from '../../../state/format';
import { groupBy } from '../../../state/groupBy';
import { entriesOf, type Entry, tasksOf } from '../../../state/history';

interface Props {
  /** All events that are there. */
  events: readonly RunEvent[];
  /** Says which entries are shown. */
  fits: (entry: Entry) => boolean;
  open: number | undefined;
  onOpen: (event: number) => void;
  more: (() => void) | undefined;
  /** What the run tells of a state, of which not all events may be there. */
  stepOf: ((state: string) => Step | undefined) | undefined;
  /** Whether they are those of a pipeline's tasks. */
  ofTasks: boolean;
}

/** One row for each entry of a state; what is inside of a Parallel or a Map is folded. */
export function Entries({ events, fits, open, onOpen, more, stepOf, ofTasks }: Props) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const entries = useMemo(() => (ofTasks ? tasksOf(entriesOf(events)) : entriesOf(events)), [events, ofTasks]);
  const holders = useMemo(() => new Set(entries.map(({ parent }) => parent)), [entries]);
  const shown = useMemo(() => seen(entries, unfolded), [entries, unfolded]);
  const toggle = (id: number) => {
    const next = new Set(unfolded);
    if (!next.delete(id)) next.add(id);
    setUnfolded(next);
  };
  return (
    <DataTable
      label={t('run.events')}
      columns={columns({ began: events[0]?.at ?? '', holders, unfolded, toggle, open: onOpen, goOf: (entry) => goOf(entry, more !== undefined, stepOf) })}
      rows={shown.filter(fits)}
      keyOf={({ event }) => String(event.id)}
      open={String(open)}
      isMore={more !== undefined}
      {...(more && { onEnd: more })}
      onOpen={({ event }) => onOpen(event.id)}
    />
  );
}

/** Returns what is seen: below each entry what is inside of it, unless it is folded. */
function seen(entries: readonly Entry[], unfolded: ReadonlySet<number>): Entry[] {
  const inside = groupBy(entries, ({ parent }) => parent);
  const found: Entry[] = [];
  const show = (parent: number | null) => {
    for (const entry of inside.get(parent) ?? []) {
      found.push(entry);
      if (unfolded.has(entry.event.id)) show(entry.event.id);
    }
  };
  show(null);
  return found;
}

/** How an entry goes; without a status, its end is among events that are not there yet. */
interface Go {
  status?: StepStatus;
  from: string;
  to?: string | undefined;
  isCut?: boolean;
}

function goOf({ state, status, event, last, exit }: Entry, isPart: boolean, stepOf: Props['stepOf']): Go {
  if (!isPart || exit) return { status, from: event.at, to: last.at };
  const step = stepOf?.(state);
  const entries = Object.values(step?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  // A state that was entered once goes as the run tells.
  return { from: event.at, isCut: true, ...(step && entries === 1 && { status: step.status, to: step.left }) };
}

interface Drawn {
  began: string;
  holders: ReadonlySet<number | null>;
  unfolded: ReadonlySet<number>;
  toggle: (id: number) => void;
  open: (id: number) => void;
  goOf: (entry: Entry) => Go;
}

function columns({ began, holders, unfolded, toggle, open, goOf }: Drawn): readonly Column<Entry>[] {
  return [
    { name: t('run.event_id'), width: '52px', className: 'mono hint', cell: ({ event }) => event.id },
    { name: t('run.event_after'), width: '84px', className: 'mono', isWide: true, cell: ({ event }) => duration(between(began, event.at, 0)) },
    {
      name: t('run.event_step'),
      width: 'minmax(120px, 1fr)',
      className: 'cut',
      cell: ({ event, state, depth }) => (
        <span style={{ paddingInlineStart: depth * 20 }}>
          {holders.has(event.id) && (
            <button
              type="button"
              className="fold"
              aria-expanded={unfolded.has(event.id)}
              aria-label={unfolded.has(event.id) ? t('graph.fold', { name: state }) : t('graph.open', { name: state })}
              onClick={() => toggle(event.id)}
            >
              {unfolded.has(event.id) ? '−' : '+'}
            </button>
          )}
          <button type="button" className="row-link" onClick={() => open(event.id)}>{state}</button>
        </span>
      ),
    },
    { name: t('run.state'), width: '112px', cell: (entry) => stateOf(goOf(entry)) },
    { name: t('run.duration'), width: '76px', className: 'number', isWide: true, cell: (entry) => tookOf(goOf(entry)) },
    { name: t('run.events'), width: '64px', className: 'number', isWide: true, cell: (entry) => `${amount(entry.events.length)}${goOf(entry).isCut ? '+' : ''}` },
  ];
}

function stateOf({ status }: Go) {
  return status === undefined ? <span className="hint">{t('run.notLoaded')}</span> : <Status status={status} />;
}

function tookOf({ from, to }: Go): string {
  return to === undefined ? '' : duration(between(from, to, 0));
}
