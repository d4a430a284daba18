import { useQuery, useQueryClient } from '@tanstack/react-query';
import { platform } from '../api/platform';
import type { BreakerView, QueueView, WorkerView } from '../api/schema';
import type { StepStatus } from '../api/types';
import { ActButton } from '../components/ActButton';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import type { Column } from '../components/DataTable';
import { Status } from '../components/Glyph';
import { FilterField } from '../components/FilterField';
import { ListTable } from '../components/ListTable';
import { DurationLines } from '../components/metrics/DurationLines';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { t } from '../i18n/text';
import { between, duration } from '../state/format';
import { useFresh } from '../state/fresh';
import { useList } from '../state/list';
import { Pools } from './workers/Pools';
import '../styles/metrics.css';

/** What tasks wait for: queues and who takes from them, pools, breakers. */
export function Workers() {
  const queues = useQuery({ queryKey: ['queues'], queryFn: platform.queues });
  const workers = useQuery({ queryKey: ['workers'], queryFn: platform.workers });
  const breakers = useQuery({ queryKey: ['breakers'], queryFn: platform.breakers });
  useFresh(['queues'], ['workers'], ['breakers'], ['pools']);
  const shown = useList();
  return (
    <Page title={t('frame.workers')}>
      <FilterField list={shown} />
      <section className="block" aria-label={t('workers.queues')}>
        <h2>{t('workers.queues')}</h2>
        <Answer of={queues} what={t('workers.theQueues')}>
          {({ items }) => (
            <>
              {items.filter(isStuck).map((queue) => (
                <Stuck key={keyOfQueue(queue)} queue={queue} />
              ))}
              {items.length === 0 ? (
                <p className="hint">{t('workers.noQueue')}</p>
              ) : (
                <ListTable list={shown} textsOf={({ kind, handler, tags }) => [kind, handler, ...tags]} label={t('workers.queues')} fits columns={queueColumns()} rows={items} keyOf={keyOfQueue} isTicking />
              )}
            </>
          )}
        </Answer>
      </section>
      {queues.data?.waits.some(({ durations }) => durations) && (
        <section className="block durations" aria-label={t('workers.waited')}>
          <h2>{t('workers.waited')}</h2>
          <DurationLines bars={queues.data.waits} />
        </section>
      )}
      <section className="block" aria-label={t('workers.workers')}>
        <h2>{t('workers.workers')}</h2>
        <Answer of={workers} what={t('workers.theWorkers')}>
          {({ items }) =>
            items.length === 0 ? (
              <>
                <p className="hint">{t('workers.noWorker')}</p>
                <Command text={`compasso worker --server ${location.origin} --tags linux`} />
              </>
            ) : (
              <ListTable list={shown} textsOf={({ name, host, tags, handlers }) => [name, host, ...tags, ...handlers]} label={t('workers.workers')} fits columns={workerColumns()} rows={items} keyOf={({ name }) => name} isTicking />
            )
          }
        </Answer>
      </section>
      <Pools list={shown} />
      <section className="block" aria-label={t('workers.breakers')}>
        <h2>{t('workers.breakers')}</h2>
        <Answer of={breakers} what={t('workers.theBreakers')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{t('workers.noBreaker')}</p>
            ) : (
              <ListTable list={shown} textsOf={({ name }) => [name]} label={t('workers.breakers')} fits columns={breakerColumns()} rows={items} keyOf={({ name }) => name} />
            )
          }
        </Answer>
      </section>
    </Page>
  );
}

const keyOfQueue = ({ kind, handler, tags }: QueueView) => [kind, handler, ...tags].join(' ');
const isStuck = ({ waiting, workers }: QueueView) => waiting > 0 && workers === 0;

/** A queue that nobody takes from says so, with the command that helps. */
function Stuck({ queue }: { queue: QueueView }) {
  return (
    <div className="stale">
      <p>{stuckText(queue)}</p>
      {queue.kind === 'script' && (
        <Command text={`compasso worker --server ${location.origin} --tags ${queue.tags.join(',') || 'TAG'}`} />
      )}
    </div>
  );
}

function stuckText({ waiting: n, tags, handler }: QueueView): string {
  if (handler) return t('workers.stuckHandler', { n, handler });
  return tags.length > 0 ? t('workers.stuckTags', { n, tags: tags.join(', ') }) : t('workers.stuck', { n });
}

function queueColumns(): readonly Column<QueueView>[] {
  return [
    {
      name: t('workers.queue'),
      width: 'minmax(90px, 1.4fr)',
      className: 'cut',
      sort: { by: 'queue', of: ({ kind, handler, tags }) => handler ?? (tags.join(', ') || kind) },
      cell: ({ kind, handler, tags }) => (
        <>
          {handler ?? (tags.join(', ') || kind)} <span className="hint">{handler || tags.length > 0 ? kind : ''}</span>
        </>
      ),
    },
    { name: t('workers.waiting'), width: '80px', className: 'number', sort: { by: 'waiting', of: ({ waiting }) => waiting }, cell: ({ waiting }) => waiting },
    {
      name: t('workers.oldest'),
      width: '96px',
      className: 'number',
      isWide: true,
      sort: { by: 'oldest', of: ({ oldest }) => oldest && Date.parse(oldest) },
      cell: ({ oldest }, now) => (oldest ? duration(between(oldest, undefined, now)) : '–'),
    },
    { name: t('workers.running'), width: '80px', className: 'number', isWide: true, sort: { by: 'running', of: ({ running }) => running }, cell: ({ running }) => running },
    { name: t('workers.workers'), width: '80px', className: 'number', cell: ({ workers }) => workers },
  ];
}

/** The worker that the server has built in ends with it. */
const BUILT_IN = 'server';

const WORKER = { online: 'succeeded', draining: 'waiting', gone: 'aborted' } as const;

function workerColumns(): readonly Column<WorkerView>[] {
  return [
    { name: t('workers.state'), width: '112px', sort: { by: 'worker-state', of: ({ state }) => state }, cell: ({ state }) => <Sign of={WORKER} state={state} /> },
    { name: t('workers.name'), width: 'minmax(70px, 1fr)', className: 'cut mono', sort: { by: 'worker', of: ({ name }) => name }, cell: ({ name }) => name },
    {
      name: t('workers.host'),
      width: 'minmax(90px, 1fr)',
      className: 'cut',
      isWide: true,
      sort: { by: 'host', of: ({ host }) => host },
      cell: ({ host, version }) => [host, version].filter(Boolean).join(' · '),
    },
    {
      name: t('workers.takes'),
      width: 'minmax(90px, 1fr)',
      className: 'cut',
      isWide: true,
      cell: ({ tags, handlers }) => [...tags, ...handlers].join(', '),
    },
    { name: t('workers.slots'), width: '72px', className: 'number', isWide: true, cell: ({ running, slots }) => `${running}/${slots}` },
    {
      name: t('workers.seen'),
      width: '110px',
      className: 'number',
      isWide: true,
      cell: ({ seen }, now) => t('workers.ago', { duration: duration(Math.max(1_000, between(seen, undefined, now))) }),
    },
    { name: t('workers.change'), width: '96px', cell: (worker) => <Drain worker={worker} /> },
  ];
}

/** A state as one of those that are known; a word of a newer server is shown as it is. */
function Sign<Known extends WorkerState>({ of, state }: { of: Record<Known, StepStatus>; state: string }) {
  if (!(state in of)) return <Status status="waiting" word={state} />;
  const known = state as Known;
  return <Status status={of[known]} word={t(`workers.${known}`)} />;
}

type WorkerState = keyof typeof WORKER | keyof typeof BREAKER;

function Drain({ worker }: { worker: WorkerView }) {
  const queries = useQueryClient();
  if (worker.state === 'gone' || worker.name === BUILT_IN) return null;
  const isDraining = worker.state === 'draining';
  const turn = async () => {
    await platform.drain(worker.name, !isDraining);
    await queries.invalidateQueries({ queryKey: ['workers'] });
  };
  return <ActButton act={turn}>{isDraining ? t('workers.goOn') : t('workers.drain')}</ActButton>;
}

const BREAKER = { closed: 'succeeded', open: 'failed', half_open: 'retrying' } as const;

function breakerColumns(): readonly Column<BreakerView>[] {
  return [
    { name: t('workers.state'), width: '112px', sort: { by: 'breaker-state', of: ({ state }) => state }, cell: ({ state }) => <Sign of={BREAKER} state={state} /> },
    { name: t('workers.name'), width: 'minmax(70px, 1fr)', className: 'cut mono', sort: { by: 'breaker', of: ({ name }) => name }, cell: ({ name }) => name },
    { name: t('workers.failures'), width: '80px', className: 'number', isWide: true, cell: ({ failures }) => failures },
    { name: t('workers.until'), width: '140px', isWide: true, cell: ({ until }, now) => <When at={until} now={now} /> },
    { name: t('workers.change'), width: '96px', cell: (breaker) => <Reset breaker={breaker} /> },
  ];
}

function Reset({ breaker }: { breaker: BreakerView }) {
  const queries = useQueryClient();
  if (breaker.state === 'closed') return null;
  const reset = async () => {
    await platform.resetBreaker(breaker.name);
    await queries.invalidateQueries({ queryKey: ['breakers'] });
  };
  return <ActButton act={reset}>{t('workers.closeIt')}</ActButton>;
}
