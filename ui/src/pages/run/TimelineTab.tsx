import { useQuery } from '@tanstack/react-query';
import { useMemo, useSyncExternalStore } from 'react';
import { api } from '../../api/client';
import type { Run, RunEvent, Step } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import type { TimelineSearch } from '../../router';
import { between, duration } from '../../state/format';
import { useNow } from '../../state/now';
import { type Piece, piecesOf } from '../../state/pieces';
import { isOver } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { idle, isMuch, type Stretch, Timescale } from '../../state/timescale';
import { Axis } from './timeline/Axis';
import { Bar } from './timeline/Bar';
import { Controls } from './timeline/Controls';

/** A step is compared with how it went in so many runs, the latest ones. */
const RUNS = 20;
/** Of runs with more events, each step is one bar. */
const EVENTS_MAX = 1_000;
/** Pause between two looks at the events of a run that goes on. */
const LOOK_MS = 2_000;

interface Props {
  run: Run;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
  /** Its events, if they stand in a file: nothing is asked of the server then. */
  events?: readonly RunEvent[];
  /** What its steps did when, if that is known already. */
  pieces?: ReadonlyMap<string, readonly Piece[]> | undefined;
  /** What of the run is seen, in milliseconds since it began. */
  view: TimelineSearch;
  onView: (view: TimelineSearch) => void;
}

/** What ran when: a bar for each step, from when it was entered first to when it was left last. */
export function TimelineTab({ run, store, step, onSelect, events, pieces: known, view, onView }: Props) {
  const version = useSyncExternalStore((listener) => store.subscribeAll(listener), () => store.version);
  const now = useNow(!isOver(run.status));
  const usual = useUsual(run, events === undefined);
  const ofEvents = usePieces(run, events, known === undefined);
  const pieces = known ?? ofEvents;
  const steps = useMemo(
    () => store.all().filter(({ entered }) => entered !== '').toSorted(inOrder),
    // The store is the same one for as long as the run is shown.
    [store, version],
  );
  if (steps.length === 0) return <Empty title={t('run.nothingBegun')} />;
  const began = Date.parse(run.started);
  const whole = { from: began, to: run.stopped === undefined ? now : Date.parse(run.stopped) };
  const stretch = (step: Step) => ({ from: Date.parse(step.entered), to: step.left === undefined ? whole.to : Date.parse(step.left) });
  const nothing = idle(steps.map(stretch), whole);
  const isFolded = view.idle === undefined ? isMuch(nothing, whole) : view.idle === 'folded';
  const window = { from: began + (view.from ?? 0), to: view.to === undefined ? whole.to : began + view.to };
  const scale = new Timescale(window, isFolded ? nothing : []);
  const { idle: folding, ...zoom } = view;
  const zoomTo = (next: Stretch | null) =>
    onView({ ...(folding && { idle: folding }), ...(next && { from: Math.round(next.from - began), to: Math.round(next.to - began) }) });
  const rows = steps.filter((step) => scale.sees(stretch(step)));
  const selected = rows.find(({ state }) => state === step);
  return (
    <div className="stack">
      <Controls
        whole={whole}
        window={window}
        around={selected ? middleOf(stretch(selected)) : middleOf(window)}
        idle={nothing}
        isFolded={isFolded}
        onFold={(isFolded) => onView({ ...zoom, idle: isFolded ? 'folded' : 'shown' })}
        onZoom={zoomTo}
      />
      <DataTable
        label={t('run.timeline')}
        columns={columns({ scale, began, now, usual, pieces, stretch, onSelect, onZoom: zoomTo })}
        rows={rows}
        keyOf={({ state }) => state}
        open={step ?? undefined}
        onOpen={({ state }) => onSelect(state)}
      />
    </div>
  );
}

const middleOf = ({ from, to }: Stretch) => (from + to) / 2;

/** How long steps take in half of the latest runs, in milliseconds, by their names. */
function useUsual({ workflow }: Run, isStored: boolean): ReadonlyMap<string, number> {
  const figures = useQuery({ queryKey: ['figures', workflow, RUNS], queryFn: () => api.stepFigures(workflow, RUNS), enabled: isStored });
  return useMemo(() => {
    const { runs = 0, items = [] } = figures.data ?? {};
    // The only one would be compared with itself.
    if (runs < 2) return new Map();
    return new Map(items.flatMap(({ step, durations }) => (durations ? [[step, durations.p50Ms] as const] : [])));
  }, [figures.data]);
}

/** What the steps did when; not told of runs that have too many events. */
function usePieces(run: Run, events: readonly RunEvent[] | undefined, isWanted: boolean): ReadonlyMap<string, readonly Piece[]> {
  const isClosed = isOver(run.status);
  const read = useQuery({
    queryKey: ['events of', run.id, run.stopped],
    queryFn: () => allEvents(run.id),
    enabled: isWanted && events === undefined,
    refetchInterval: ({ state }) => (isClosed || state.data?.length === 0 ? false : LOOK_MS),
  });
  const all = events ?? read.data;
  return useMemo(() => piecesOf(all ?? []), [all]);
}

/** Returns all events of a run; none if there are too many. */
async function allEvents(id: string): Promise<RunEvent[]> {
  const { items, next } = await api.events(id, 1, EVENTS_MAX);
  return next === undefined ? items : [];
}

function inOrder(a: Step, b: Step): number {
  return Date.parse(a.entered) - Date.parse(b.entered) || a.entryEvent - b.entryEvent;
}

const neverBegan = ({ kind, attempts, entered, left }: Step) => kind === 'Task' && attempts === 0 && entered === left;

interface Drawn {
  scale: Timescale;
  began: number;
  now: number;
  usual: ReadonlyMap<string, number>;
  pieces: ReadonlyMap<string, readonly Piece[]>;
  stretch: (step: Step) => Stretch;
  onSelect: (state: string) => void;
  onZoom: (window: Stretch) => void;
}

function columns({ scale, began, now, usual, pieces, stretch, onSelect, onZoom }: Drawn): readonly Column<Step>[] {
  return [
    {
      name: t('run.step'),
      width: 'minmax(90px, 220px)',
      className: 'cut',
      cell: ({ state }) => (
        <button type="button" className="row-link" onClick={() => onSelect(state)}>
          {state}
        </button>
      ),
    },
    { name: t('run.state'), width: '128px', isWide: true, cell: ({ status }) => <Status status={status} /> },
    {
      name: t('run.when'),
      width: 'minmax(120px, 1fr)',
      head: <Axis scale={scale} now={now} onZoom={onZoom} />,
      cell: (step) => <Bar step={step} stretch={stretch(step)} pieces={pieces.get(step.state)} scale={scale} began={began} usualMs={usual.get(step.state)} />,
    },
    { name: t('run.duration'), width: '84px', className: 'number', cell: (step) => (neverBegan(step) ? '–' : duration(between(step.entered, step.left, now))) },
  ];
}
