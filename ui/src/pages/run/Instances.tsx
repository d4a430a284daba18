import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Alike, runs } from '../../api/runs';
import type { InstanceView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { CountsBar } from '../../components/CountsBar';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { useAddress } from '../../state/address';
import { amount, between, duration } from '../../state/format';
import { ofTask, type StatusCount, wordOf } from '../../state/status';
import { InstanceFailures } from './InstanceFailures';
import { MarkButton } from './step/MarkButton';

/** All of them, as the address says it. */
const ALL = 'all';
/** Chooses what has not begun. */
const PENDING = 'pending';
/** The states that instances have, and what is asked for that has not ended. */
const STATES = ['failed', 'under_way', 'running', 'retrying', 'waiting', 'queued', 'success', 'skipped', 'cancelled'] as const;
/** What the parts of the bar ask for. What has not begun has no rows. */
const ASKED: Partial<Record<StepStatus, (typeof STATES)[number] | typeof PENDING>> = {
  failed: 'failed', running: 'under_way', queued: PENDING, not_reached: PENDING, aborted: 'cancelled', succeeded: 'success',
};
/** Pause between two looks at instances that are under way. */
const LOOK_MS = 3_000;

interface Props {
  run: string;
  /** The task, or the Map state. */
  id: string;
  isState?: boolean;
  /** Whether some failed: those are asked for first. */
  haveFailed: boolean;
  /** How many there are by their states, if it is known. */
  counts?: readonly StatusCount[] | undefined;
  isOver: boolean;
  /** Whether people can say here how one ended. */
  canMark?: boolean;
}

/** The instances of a task, or the iterations of a Map state, a page at a time; what became of one is told below them. */
export function Instances({ run, id, isState = false, haveFailed, counts = [], isOver, canMark = false }: Props) {
  const [items = haveFailed ? 'failed' : ALL, setItems] = useAddress('items');
  const state = items === ALL ? '' : items;
  const setState = (state: string) => setItems(state || ALL);
  const [alike, setAlike] = useState<Alike | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  // Only what failed did so like others.
  const choose = (state: string) => {
    setState(state);
    if (state !== 'failed') setAlike(null);
  };
  const what = isState ? t('steer.iterations') : t('steer.instances');
  const pages = useInfiniteQuery({
    queryKey: ['instances', run, id, state, alike],
    queryFn: ({ pageParam }) => runs.instances(run, id, { ...(state && { state }), ...alike }, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: isOver ? false : LOOK_MS,
    enabled: state !== PENDING,
  });
  const rows = state === PENDING ? [] : (pages.data?.pages.flatMap(({ items }) => items) ?? []);
  // A page ends after so many events, found or not.
  const goesOn = rows.length === 0 && pages.hasNextPage && !pages.isError;
  const { isFetching, fetchNextPage } = pages;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);
  const chosen = rows.find(({ event }) => event === open);
  return (
    <section aria-label={what}>
      <h3>{what}</h3>
      {haveFailed && (
        <InstanceFailures
          run={run}
          id={id}
          isOver={isOver}
          chosen={alike}
          onChoose={(chosen) => {
            setAlike(chosen);
            if (chosen) setState('failed');
          }}
        />
      )}
      <CountsBar
        label={t('steer.counts')}
        counts={counts}
        chosen={counts.find(([status]) => ASKED[status] === state)?.[0] ?? (state === '' ? null : state)}
        onChoose={(status) => choose((status && ASKED[status]) ?? '')}
      />
      <div className="filters">
        <label>
          {t('steer.state')}
          <select value={state === PENDING ? '' : state} onChange={({ target }) => choose(target.value)}>
            <option value="">{t('steer.all')}</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {one === 'under_way' ? t('steer.underWay') : wordOf(ofTask(one))}
              </option>
            ))}
          </select>
        </label>
      </div>
      {pages.isError && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {state === PENDING && <p className="hint">{t('steer.notBegun')}</p>}
      {state !== PENDING && pages.isSuccess && rows.length === 0 && !goesOn && <p className="hint">{isState ? t('steer.noIteration') : t('steer.noInstance')}</p>}
      {rows.length > 0 && (
        <DataTable
          label={what}
          fits
          columns={columns(setOpen, rows)}
          rows={rows}
          keyOf={({ event }) => String(event)}
          open={String(open)}
          isMore={pages.hasNextPage}
          onEnd={() => {
            if (!pages.isFetching) void pages.fetchNextPage();
          }}
          isTicking={!isOver}
        />
      )}
      {chosen && <One run={run} instance={chosen} canMark={canMark} />}
    </section>
  );
}

/** A text that is an item stands for itself. */
function Item({ item }: InstanceView) {
  const text = typeof item === 'string' ? item : JSON.stringify(item);
  return <span title={text}>{text}</span>;
}

/** What became of one of them. Instances have names in their run; iterations have their place alone. */
function One({ run, instance, canMark }: { run: string; instance: InstanceView; canMark: boolean }) {
  const { key, name, event, error, cause, item, output } = instance;
  const title = name ?? t('steer.iteration', { key });
  return (
    <section className="instance" aria-label={title}>
      <h3 className="mono">{title}</h3>
      {error !== undefined && (
        <div className="failure">
          <p className="problem-code">{error}</p>
          {cause && <p className="cause">{cause}</p>}
        </div>
      )}
      <div className="actions">
        {name !== undefined && <Link to="/runs/$id" params={{ id: run }} search={{ tab: 'logs', step: name }} className="button">{t('run.itsLog')}</Link>}
        <Link to="/runs/$id" params={{ id: run }} search={{ tab: 'events', event }} className="button">{t('steer.itsEvents')}</Link>
        {name !== undefined && canMark && <MarkButton run={run} task={name} />}
      </div>
      {item !== undefined && <JsonView title={t('steer.item')} text={JSON.stringify(item)} />}
      {output?.value !== undefined && <JsonView title={t('run.output')} text={JSON.stringify(output.value)} />}
    </section>
  );
}

/** Where the keys are the places, these stand once, and the items tell more than they do. */
function columns(open: (event: number) => void, rows: readonly InstanceView[]): readonly Column<InstanceView>[] {
  const hasKeys = rows.some(({ key, index }) => key !== String(index));
  const hasItems = !hasKeys && rows.some(({ item }) => item !== undefined);
  return [
    ...(hasKeys ? [{ name: t('steer.index'), width: '44px', className: 'number', isWide: true, cell: ({ index }: InstanceView) => amount(index) }] : []),
    {
      name: hasKeys ? t('steer.key') : t('steer.index'),
      width: hasKeys ? 'minmax(50px, 1fr)' : 'minmax(44px, 72px)',
      className: 'cut mono',
      cell: ({ key, event }) => <button type="button" className="row-link" title={key} onClick={() => open(event)}>{key}</button>,
    },
    ...(hasItems ? [{ name: t('steer.item'), width: 'minmax(60px, 1fr)', className: 'cut mono', cell: Item }] : []),
    { name: t('steer.state'), width: '112px', cell: ({ state }) => <Status status={ofTask(state)} /> },
    {
      name: t('run.duration'),
      width: '72px',
      className: 'number',
      isWide: true,
      cell: ({ started, ended }, now) => duration(between(started, ended, now)),
    },
    {
      name: t('run.error'),
      width: 'minmax(50px, 1fr)',
      className: 'cut',
      isWide: true,
      cell: ({ error, cause }) => <span title={cause}>{error}</span>,
    },
  ];
}
