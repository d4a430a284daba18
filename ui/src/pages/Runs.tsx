import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../api/client';
import type { ChosenRuns } from '../api/schema';
import { useStream } from '../api/stream';
import type { RunItem } from '../api/types';
import { Skeleton } from '../components/Answer';
import { Page } from '../components/Page';
import { Problem } from '../components/Problem';
import { t } from '../i18n/text';
import type { RunsSearch } from '../router';
import { useRoomy } from '../state/media';
import { attributesOf, attributeValues, columnsShown } from '../state/runColumns';
import { useFacts } from '../state/runFacts';
import { filterOf } from '../state/runFilter';
import { columnsText } from '../state/columnNames';
import { isNarrowed, mannerOf } from '../state/savedViews';
import { type Changes, NEWS_MAX, NONE, withItems, without } from '../state/changes';
import { useKeys } from '../state/keys';
import { useLastGood, useMistake } from '../state/lastGood';
import { useMarks } from '../state/marks';
import { Pacer } from '../state/pacer';
import { withWindow } from '../state/window';
import { BulkBar } from './runs/BulkBar';
import { ChooseColumns } from './runs/ChooseColumns';
import { Histogram } from './runs/Histogram';
import { NoRuns } from './runs/NoRuns';
import { RunsFilterBar } from './runs/RunsFilterBar';
import { RunsTable } from './runs/RunsTable';
import { useFirstView, Views } from './runs/Views';
import '../styles/bulk.css';
import '../styles/histogram.css';
import '../styles/query.css';
import '../styles/views.css';

const Steps = lazy(() => import('./runs/Steps').then(({ Steps }) => ({ default: Steps })));
const Dismissed = lazy(() => import('../components/Dismissed').then(({ Dismissed }) => ({ default: Dismissed })));
const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));
const route = getRouteApi('/runs');
/** Pause between two looks at the whole list, however often the stream says that something was missed. */
const PAUSE_MS = 2_000;

/** Which runs: the list of them, live, or of their steps. */
export function Runs() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const [found, setFound] = useState<ReturnType<typeof attributeValues>>(new Map());
  const [mistake, setMistake] = useState<unknown>(null);
  const filterField = useRef<HTMLInputElement>(null);
  useFirstView(search);
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  useKeys({ '/': () => filterField.current?.focus() });
  const change = (next: RunsSearch) =>
    void navigate({ to: '/runs', search: Object.keys(next).length > 0 ? next : { view: 'all' } });
  // One for all pages: the place of the next page is good for the same question alone.
  const question = route.useSearch({ select: questionOf, structuralSharing: true });
  const filter = useMemo(() => filterOf(question), [question]);
  const all = workflows.data?.items ?? [];
  return (
    <Page
      title={t('frame.runs')}
      fills
      actions={
        <>
          <ShowAs search={search} onChange={change} />
          <Link to="/history">{t('runs.openHistory')}</Link>
          <Link to="/jobs">{t('bulk.jobs')}</Link>
          <button type="button" className="primary" disabled={workflows.data?.items.length === 0} onClick={() => setStarting(true)}>
            {t('runs.start')}
          </button>
        </>
      }
    >
      <div className="views-row">
        <Views search={search} />
        {search.show !== 'steps' && <ChooseColumns key={JSON.stringify(question)} search={search} found={[...found.keys()]} onChange={change} />}
      </div>
      <RunsFilterBar search={search} workflows={all} onChange={change} field={filterField} mistake={mistake} attributes={found} />
      {search.open && <Suspense><Dismissed /></Suspense>}
      {search.show === 'steps' ? (
        <Suspense fallback={null}>
          <Steps search={search} filter={filter} onChange={change} onMistake={setMistake} />
        </Suspense>
      ) : (
        <List
          search={search}
          question={question}
          filter={filter}
          hasWorkflows={all.length > 0}
          onChange={change}
          onFound={setFound}
          onMistake={setMistake}
        />
      )}
      {isStarting && (
        <Suspense fallback={null}>
          <StartRun workflows={all} onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </Page>
  );
}

interface Chosen {
  search: RunsSearch;
  onChange: (search: RunsSearch) => void;
}

/** Runs, or the steps of the same runs. */
function ShowAs({ search, onChange }: Chosen) {
  const { show, state: _state, step: _step, error: _error, longer: _longer, order: _order, ...ofRuns } = search;
  return (
    <div className="segments" role="group" aria-label={t('runs.show')}>
      <button type="button" aria-pressed={show === undefined} onClick={() => onChange(ofRuns)}>{t('frame.runs')}</button>
      <button type="button" aria-pressed={show === 'steps'} onClick={() => onChange({ ...search, show: 'steps' })}>{t('runs.steps')}</button>
    </div>
  );
}

interface ListProps extends Chosen {
  /** What the address says of which runs they are. */
  question: RunsSearch;
  filter: ChosenRuns;
  hasWorkflows: boolean;
  /** Told what the runs are searched by. */
  onFound: (values: ReturnType<typeof attributeValues>) => void;
  /** Told what is wrong with the query; the runs of the query before stay. */
  onMistake: (mistake: unknown) => void;
}

/** The runs that fit, when they started, and what can be done with many of them. */
function List({ search, question, filter, hasWorkflows, onChange, onFound, onMistake }: ListProps) {
  const { pages, rows, isOld, news, showNews } = useRuns(question, filter);
  const isToldThere = useMistake(pages.error, search.q, onMistake);
  const columns = columnsShown(search.columns, useRoomy());
  const attributes = columnsText(attributesOf(rows));
  // Their names say whether there is something new; with each change of a row there would be no end.
  useEffect(() => onFound(attributeValues(rows)), [onFound, attributes]);
  const facts = useFacts(rows, columns);
  const marks = useMarks(useMemo(() => rows.filter(isForJobs).map(({ id }) => id), [rows]));
  const more = () => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage({ cancelRefetch: false });
  };
  // A page looks at a bounded number of runs, and may find none while later ones do.
  const isEmptySoFar = rows.length === 0 && pages.hasNextPage && !pages.isError;
  useEffect(() => {
    if (isEmptySoFar) more();
  });
  return (
    <>
      <Histogram chosen={filter} onSelect={(from, to) => onChange({ ...search, q: withWindow(search.q, from, to) })} />
      {isEmptySoFar && <p className="hint" role="status">{t('runs.lookingBack')}</p>}
      {pages.isPending && <Skeleton />}
      {pages.isError && !isToldThere && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && !pages.hasNextPage && rows.length === 0 && news === 0 && (
        <NoRuns search={search} isFiltered={isNarrowed(search)} hasWorkflows={hasWorkflows} onClear={() => onChange(mannerOf(search))} />
      )}
      {news > 0 && (
        <button type="button" className="news" onClick={showNews}>
          {newsText(news, question.q !== undefined)}
        </button>
      )}
      {rows.length > 0 && (
        <RunsTable rows={rows} chosen={columns} facts={facts} onEnd={more} isMore={pages.hasNextPage} isOld={isOld} marks={marks} />
      )}
      {/* Below the rows, so that none moves when it comes. */}
      {marks.keys.size > 0 && !isOld && <BulkBar key={JSON.stringify(question)} marks={marks} rows={rows} chosen={filter} columns={columns} />}
    </>
  );
}

/** The runs that fit, with what changed of them since; new ones wait until they are asked for. */
function useRuns(search: RunsSearch, filter: ChosenRuns) {
  const queries = useQueryClient();
  const key = useMemo(() => ['runs', search] as const, [search]);
  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => api.runs(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    // The stream does not say what changed of a list while another was shown.
    staleTime: 0,
  });
  const [changed, setChanged] = useState<Changes>(NONE);
  useEffect(() => setChanged(NONE), [key]);
  const { data, isOld } = useLastGood(pages);
  const known = useMemo(() => {
    const items = data?.pages.flatMap((page) => page.items) ?? [];
    return [...new Map(items.map((item) => [item.id, item])).values()];
  }, [data]);
  const ids = useMemo(() => new Set(known.map((item) => item.id)), [known]);
  const refetch = async () => {
    // What is under way may have been answered before the changes.
    await queries.cancelQueries({ queryKey: key });
    const seen = changed;
    await queries.refetchQueries({ queryKey: key });
    if (queries.getQueryState(key)?.status === 'success') setChanged((now) => without(now, seen));
  };
  const latest = useRef(refetch);
  latest.current = refetch;
  const [pacer] = useState(() => new Pacer(PAUSE_MS, () => latest.current()));
  const show = () => void pacer.ask();
  useStream('runs', { runs: (items) => setChanged((before) => withItems(before, items, ids)), reset: show });
  const rows = useMemo(() => known.map((item) => changed.get(item.id) ?? item), [known, changed]);
  const fresh = [...changed.values()].filter((item) => !ids.has(item.id) && fits(search, item));
  return { pages, rows, isOld, news: pages.isSuccess ? fresh.length : 0, showNews: show };
}

/** Jobs do not know runs that wait for a place: these are not marked. */
function isForJobs({ status }: RunItem): boolean {
  return status !== 'QUEUED';
}

/** Only the server knows whether a query finds a run. */
function newsText(count: number, isQuery: boolean): string {
  if (isQuery) return t('runs.changed');
  if (count >= NEWS_MAX) return t('runs.newMost', { n: NEWS_MAX });
  return t('runs.new', { n: count });
}

/** Other columns are no other question: the list stays as it is. */
function questionOf(search: RunsSearch): RunsSearch {
  const { columns: _columns, ...question } = search;
  return question;
}

function fits({ status, workflow, open }: RunsSearch, item: RunItem): boolean {
  return (!open || ['FAILED', 'TIMED_OUT'].includes(item.status)) && (!status || item.status === status) && (!workflow || item.workflow === workflow);
}
