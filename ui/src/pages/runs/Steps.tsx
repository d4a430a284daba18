import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { api } from '../../api/client';
import type { ChosenRuns, StepItem } from '../../api/schema';
import { Skeleton } from '../../components/Answer';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { LONGER, type Longer, type RunsSearch, STEP_STATES } from '../../router';
import { SLIM } from './RunsTable';
import { amount, between, duration } from '../../state/format';
import { useLastGood, useMistake } from '../../state/lastGood';
import { wordOf } from '../../state/status';
import { statusOf } from '../../state/taskSteps';

const LONGER_MS: Record<Longer, number> = { '1s': 1_000, '10s': 10_000, '1m': 60_000, '10m': 600_000, '1h': 3_600_000 };

/** Pages that are looked at for the longest before more is asked for. */
const PAGES_LOOKED_AT = 20;

interface Props {
  search: RunsSearch;
  filter: ChosenRuns;
  onChange: (search: RunsSearch) => void;
  /** Told what is wrong with the query; the steps that the query before found stay. */
  onMistake: (mistake: unknown) => void;
}

/** The steps of the runs that fit: which fail, which take long, wherever they are. */
export function Steps({ search, filter, onChange, onMistake }: Props) {
  const navigate = useNavigate();
  const { state, step, error, longer, order } = search;
  const wanted = { ...filter, ...(state && { state }), ...(step && { name: step }), ...(error && { error }), ...(longer && { longerMs: LONGER_MS[longer] }) };
  const pages = useInfiniteQuery({
    queryKey: ['steps', wanted],
    queryFn: ({ pageParam }) => api.steps(wanted, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });
  const { data, isOld } = useLastGood(pages);
  const isToldThere = useMistake(pages.error, search.q, onMistake);
  const rows = useMemo(() => {
    const items = data?.pages.flatMap(({ items }) => items) ?? [];
    const took = ({ started, ended }: StepItem) => between(started, ended, Date.now());
    return order === 'longest' ? items.toSorted((a, b) => took(b) - took(a)) : items;
  }, [data, order]);
  const omitted = data?.pages.reduce((sum, { omittedRuns }) => sum + omittedRuns, 0) ?? 0;
  const more = () => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
  };
  const isEmptySoFar = rows.length === 0 && pages.hasNextPage && !pages.isError;
  const hasLonger = order === 'longest' && pages.hasNextPage;
  useEffect(() => {
    if (isEmptySoFar || (hasLonger && !pages.isError && data!.pages.length < PAGES_LOOKED_AT)) more();
  });
  return (
    <>
      <StepFilter search={search} onChange={onChange} />
      {isEmptySoFar && <p className="hint" role="status">{t('runs.lookingBack')}</p>}
      {pages.isPending && <Skeleton />}
      {pages.isError && !isToldThere && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {omitted > 0 && <p className="hint">{t('runs.omitted', { n: omitted })}</p>}
      {pages.isSuccess && !pages.hasNextPage && rows.length === 0 && <Empty title={t('runs.noStep')} />}
      {hasLonger && rows.length > 0 && <p className="hint" role="status">{t('runs.longestOf', { n: rows.length })}</p>}
      {rows.length > 0 && (
        <DataTable
          label={t('runs.steps')}
          columns={columns()}
          rows={rows}
          keyOf={keyOf}
          isMore={pages.hasNextPage}
          isOld={isOld}
          onEnd={more}
          onOpen={({ run, step }) => void navigate({ to: '/runs/$id', params: { id: run }, search: { step } })}
          isTicking={rows.some(({ ended }) => ended === undefined)}
        />
      )}
    </>
  );
}

function StepFilter({ search, onChange }: Pick<Props, 'search' | 'onChange'>) {
  const set = (name: 'state' | 'step' | 'error' | 'longer' | 'order', value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value === '' ? rest : { ...rest, [name]: value });
  };
  return (
    <search className="filters">
      <label>
        {t('runs.stepState')}
        <select value={search.state ?? ''} onChange={({ target }) => set('state', target.value)}>
          <option value="">{t('runs.all')}</option>
          {STEP_STATES.map((state) => (
            <option key={state} value={state}>{wordOf(state)}</option>
          ))}
        </select>
      </label>
      <TextFilter label={t('runs.stepName')} value={search.step} onSet={(text) => set('step', text)} />
      <TextFilter label={t('runs.error')} value={search.error} onSet={(text) => set('error', text)} />
      <label>
        {t('runs.took')}
        <select value={search.longer ?? ''} onChange={({ target }) => set('longer', target.value)}>
          <option value="">{t('runs.anyLong')}</option>
          {LONGER.map((one) => (
            <option key={one} value={one}>{t('runs.atLeast', { time: duration(LONGER_MS[one]) })}</option>
          ))}
        </select>
      </label>
      <label>
        {t('runs.order')}
        <select value={search.order ?? ''} onChange={({ target }) => set('order', target.value)}>
          <option value="">{t('runs.latest')}</option>
          <option value="longest">{t('runs.longest')}</option>
        </select>
      </label>
    </search>
  );
}

function TextFilter({ label, value, onSet }: { label: string; value: string | undefined; onSet: (text: string) => void }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSet(String(new FormData(event.currentTarget).get('text')).trim());
      }}
    >
      <label>
        {label}
        <input key={value} name="text" defaultValue={value} spellCheck={false} autoComplete="off" enterKeyHint="search" />
      </label>
    </form>
  );
}

const keyOf = ({ run, step }: StepItem) => `${run}/${step}`;

/** A step that asks people needs them, here as on the page of its run. */
function columns(): readonly Column<StepItem>[] {
  return [
    { name: t('runs.state'), width: '132px', ...SLIM, cell: (item) => <Status status={statusOf(item, item.asks === true)} /> },
    {
      name: t('runs.step'),
      width: 'minmax(80px, 1.4fr)',
      className: 'cut parted',
      cell: ({ run, step, workflowName }) => (
        <>
          <span className="only-narrow cut">{workflowName} ·</span>
          <Link to="/runs/$id" params={{ id: run }} search={{ step }} className="row-link" title={step}>{step}</Link>
        </>
      ),
    },
    { name: t('runs.workflow'), width: 'minmax(80px, 1fr)', className: 'cut', isWide: true, cell: ({ workflowName }) => workflowName },
    { name: t('runs.run'), width: 'minmax(80px, 1fr)', className: 'cut mono', isWide: true, cell: ({ runName }) => runName },
    { name: t('runs.started'), width: 'minmax(70px, 130px)', narrow: '66px', className: 'cut', cell: ({ started }, now) => <When at={started} now={now} /> },
    { name: t('runs.duration'), width: '80px', className: 'number', cell: ({ started, ended }, now) => duration(between(started, ended, now)) },
    { name: t('runs.attempts'), width: '60px', className: 'number', isWide: true, cell: ({ attempts }) => (attempts > 1 ? amount(attempts) : '') },
    {
      name: t('runs.error'),
      width: 'minmax(60px, 1.6fr)',
      className: 'cut',
      isWide: true,
      cell: ({ error, cause }) => error && <span title={cause}><b className="mono">{error}</b> <span className="hint">{cause}</span></span>,
    },
  ];
}
