import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { runs } from '../../api/runs';
import type { MapChild, MapRunCounts, MapRunView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import { CountsBar } from '../../components/CountsBar';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { useAddress } from '../../state/address';
import { amount } from '../../state/format';
import { isOver, ofRun, type StatusCount, WORST_FIRST } from '../../state/status';

/** All of them, as the address says it. */
const ALL = 'all';
/** Pause between two looks at a map run that is under way. */
const LOOK_MS = 3_000;

/** What children are counted and asked for by. */
const STATUSES: readonly (readonly [status: StepStatus, member: keyof MapRunCounts, asked: string | null])[] = [
  ['failed', 'failed', 'FAILED'],
  ['timed_out', 'timedOut', 'TIMED_OUT'],
  ['running', 'running', 'RUNNING'],
  ['retrying', 'pendingRedrive', 'PENDING_REDRIVE'],
  ['queued', 'pending', null],
  ['aborted', 'aborted', 'ABORTED'],
  ['succeeded', 'succeeded', 'SUCCEEDED'],
];

/** The map run of a distributed Map: how many of its runs are where, and each of them, a page at a time. */
export function MapRun({ id }: { id: string }) {
  const view = useQuery({
    queryKey: ['map-run', id],
    queryFn: () => runs.mapRun(id),
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : LOOK_MS),
  });
  return (
    <section aria-label={t('run.mapRun')}>
      <h3>{t('run.mapRun')}</h3>
      <Answer of={view} what={t('mapRun.theMapRun')}>{(view) => <Children view={view} />}</Answer>
    </section>
  );
}

function Children({ view }: { view: MapRunView }) {
  const [items = view.runs.failed > 0 ? 'failed' : ALL, setItems] = useAddress('items');
  const chosen = STATUSES.find(([status]) => status === items)?.[0] ?? null;
  const choose = (status: StepStatus | null) => setItems(status ?? ALL);
  const status = STATUSES.find(([status]) => status === chosen)?.[2] ?? undefined;
  const pages = useInfiniteQuery({
    queryKey: ['map-run', view.id, 'runs', status],
    queryFn: ({ pageParam }) => runs.mapChildren(view.id, status, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    enabled: chosen !== 'queued',
    refetchInterval: isOver(view.status) ? false : LOOK_MS,
  });
  const rows = chosen === 'queued' ? [] : (pages.data?.pages.flatMap(({ items }) => items) ?? []);
  return (
    <>
      {view.isBatched && <p className="hint">{t('mapRun.items', { n: view.items.total, runs: view.runs.total })}</p>}
      <CountsBar label={t('mapRun.byState')} counts={countsOf(view.runs)} chosen={chosen} onChoose={choose} />
      {chosen === 'queued' && <p className="hint">{t('mapRun.notBegun')}</p>}
      {pages.isError && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && chosen !== 'queued' && !pages.hasNextPage && <p className="hint">{t('mapRun.none')}</p>}
      {rows.length > 0 && (
        <DataTable
          label={t('mapRun.runs')}
          fits
          columns={columns()}
          rows={rows}
          keyOf={({ id }) => id}
          isMore={pages.hasNextPage}
          onEnd={() => {
            if (!pages.isFetching) void pages.fetchNextPage();
          }}
          isTicking={!isOver(view.status)}
        />
      )}
    </>
  );
}

function countsOf(counts: MapRunCounts): StatusCount[] {
  const all = STATUSES.map(([status, member]) => [status, counts[member]] as const);
  return all.toSorted(([one], [other]) => WORST_FIRST.indexOf(one) - WORST_FIRST.indexOf(other));
}

function columns(): readonly Column<MapChild>[] {
  return [
    { name: t('mapRun.index'), width: '48px', className: 'number', cell: ({ index }) => (index === undefined ? '–' : amount(index)) },
    { name: t('mapRun.state'), width: '112px', cell: ({ status }) => <Status status={status === 'PENDING_REDRIVE' ? 'retrying' : ofRun(status)} /> },
    { name: t('mapRun.input'), width: 'minmax(70px, 1.4fr)', className: 'cut mono', cell: (child) => <Input child={child} /> },
    { name: t('run.error'), width: 'minmax(50px, 1fr)', className: 'cut', isWide: true, cell: ({ error, cause }) => <span title={cause}>{error}</span> },
  ];
}

/** The item leads to its run. Express runs leave nothing to look at. */
function Input({ child: { id, input, isExpress } }: { child: MapChild }) {
  if (isExpress) return <span title={input}>{input}</span>;
  return (
    <Link to="/runs/$id" params={{ id }} className="row-link" title={input}>
      {input}
    </Link>
  );
}
