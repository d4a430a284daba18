import { useQuery, useQueryClient } from '@tanstack/react-query';
import { platform } from '../api/platform';
import type { BreakerView, QueueView, WorkerView } from '../api/schema';
import type { StepStatus } from '../api/types';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import { type Column, DataTable } from '../components/DataTable';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { between, duration } from '../state/format';
import { useFresh } from '../state/fresh';
import { Pools } from './workers/Pools';

/** What tasks wait for: queues and who takes from them, pools, breakers. */
export function Workers() {
  const queues = useQuery({ queryKey: ['queues'], queryFn: platform.queues });
  const workers = useQuery({ queryKey: ['workers'], queryFn: platform.workers });
  const breakers = useQuery({ queryKey: ['breakers'], queryFn: platform.breakers });
  useFresh(['queues'], ['workers'], ['breakers'], ['pools']);
  return (
    <Page title="Workers & queues">
      <section className="block" aria-label="Queues">
        <h2>Queues</h2>
        <Answer of={queues} what="the queues">
          {({ items }) => (
            <>
              {items.filter(isStuck).map((queue) => (
                <Stuck key={keyOfQueue(queue)} queue={queue} />
              ))}
              {items.length === 0 ? (
                <p className="hint">No task waits or runs.</p>
              ) : (
                <DataTable label="Queues" fits columns={QUEUES} rows={items} keyOf={keyOfQueue} isTicking />
              )}
            </>
          )}
        </Answer>
      </section>
      <section className="block" aria-label="Workers">
        <h2>Workers</h2>
        <Answer of={workers} what="the workers">
          {({ items }) =>
            items.length === 0 ? (
              <>
                <p className="hint">No other machine takes tasks: the server runs those that want no tags itself. To add one:</p>
                <Command text={`compasso worker --server ${location.origin} --tags linux`} />
              </>
            ) : (
              <DataTable label="Workers" fits columns={WORKERS} rows={items} keyOf={({ name }) => name} isTicking />
            )
          }
        </Answer>
      </section>
      <Pools />
      <section className="block" aria-label="Breakers">
        <h2>Breakers</h2>
        <Answer of={breakers} what="the breakers">
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">No task has a breaker.</p>
            ) : (
              <DataTable label="Breakers" fits columns={BREAKERS} rows={items} keyOf={({ name }) => name} />
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
      <p>
        {queue.waiting} {queue.waiting === 1 ? 'task waits' : 'tasks wait'} for a worker
        {queue.tags.length > 0 && ` with ${queue.tags.join(', ')}`}
        {queue.handler && ` that handles ${queue.handler}`}, and there is none:
      </p>
      {queue.kind === 'script' && (
        <Command text={`compasso worker --server ${location.origin} --tags ${queue.tags.join(',') || 'TAG'}`} />
      )}
    </div>
  );
}

const QUEUES: readonly Column<QueueView>[] = [
  {
    name: 'Queue',
    width: 'minmax(90px, 1.4fr)',
    className: 'cut',
    cell: ({ kind, handler, tags }) => (
      <>
        {handler ?? (tags.join(', ') || kind)} <span className="hint">{handler || tags.length > 0 ? kind : ''}</span>
      </>
    ),
  },
  { name: 'Waiting', width: '72px', className: 'mono', cell: ({ waiting }) => waiting },
  {
    name: 'Oldest',
    width: '96px',
    className: 'mono',
    isWide: true,
    cell: ({ oldest }, now) => (oldest ? duration(between(oldest, undefined, now)) : '–'),
  },
  { name: 'Running', width: '72px', className: 'mono', isWide: true, cell: ({ running }) => running },
  { name: 'Workers', width: '72px', className: 'mono', cell: ({ workers }) => workers },
];

const WORKER: Record<string, [StepStatus, string]> = {
  online: ['running', 'Online'],
  draining: ['waiting', 'Draining'],
  gone: ['aborted', 'Gone'],
};

const WORKERS: readonly Column<WorkerView>[] = [
  {
    name: 'State',
    width: '112px',
    cell: ({ state }) => {
      const [status, word] = WORKER[state] ?? ['waiting', state];
      return <Status status={status} word={word} />;
    },
  },
  { name: 'Name', width: 'minmax(70px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
  { name: 'Host', width: 'minmax(90px, 1fr)', className: 'cut', isWide: true, cell: ({ host, version }) => [host, version].filter(Boolean).join(' · ') },
  { name: 'Takes', width: 'minmax(90px, 1fr)', className: 'cut', isWide: true, cell: ({ tags, handlers }) => [...tags, ...handlers].join(', ') },
  { name: 'Slots', width: '72px', className: 'mono', isWide: true, cell: ({ running, slots }) => `${running}/${slots}` },
  {
    name: 'Seen',
    width: '96px',
    className: 'mono',
    isWide: true,
    cell: ({ seen }, now) => `${duration(Math.max(0, between(seen, undefined, now)))} ago`,
  },
  { name: 'Change', width: '84px', cell: (worker) => <Drain worker={worker} /> },
];

function Drain({ worker }: { worker: WorkerView }) {
  const queries = useQueryClient();
  if (worker.state === 'gone') return null;
  const isDraining = worker.state === 'draining';
  const turn = async () => {
    await platform.drain(worker.name, !isDraining);
    await queries.invalidateQueries({ queryKey: ['workers'] });
  };
  return (
    <button type="button" className="small" onClick={() => void turn()}>
      {isDraining ? 'Go on' : 'Drain'}
    </button>
  );
}

const BREAKER: Record<string, [StepStatus, string]> = {
  closed: ['succeeded', 'Closed'],
  open: ['failed', 'Open'],
  half_open: ['retrying', 'Half open'],
};

const BREAKERS: readonly Column<BreakerView>[] = [
  {
    name: 'State',
    width: '112px',
    cell: ({ state }) => {
      const [status, word] = BREAKER[state] ?? ['waiting', state];
      return <Status status={status} word={word} />;
    },
  },
  { name: 'Name', width: 'minmax(70px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
  { name: 'Failures', width: '72px', className: 'mono', isWide: true, cell: ({ failures }) => failures },
  { name: 'Until', width: '140px', isWide: true, cell: ({ until }, now) => <When at={until} now={now} /> },
  { name: 'Change', width: '84px', cell: (breaker) => <Reset breaker={breaker} /> },
];

function Reset({ breaker }: { breaker: BreakerView }) {
  const queries = useQueryClient();
  if (breaker.state === 'closed') return null;
  const reset = async () => {
    await platform.resetBreaker(breaker.name);
    await queries.invalidateQueries({ queryKey: ['breakers'] });
  };
  return (
    <button type="button" className="small" onClick={() => void reset()}>
      Close it
    </button>
  );
}
