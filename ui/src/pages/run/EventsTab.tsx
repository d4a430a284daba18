import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { api } from '../../api/client';
import type { Page, RunEvent } from '../../api/types';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import { Split } from '../../components/Split';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';

const ROW_PX = 32;
const PAGE = 500;
const OVERSCAN = 12;
const COLUMNS = ['id', 'after', 'type', 'step'] as const;

interface Props {
  id: string;
  lastEvent: number;
  /** The event that the address names. */
  event: number | undefined;
  onOpen: (event: number) => void;
  /** What the events shown have in their types, steps or numbers. */
  filter: string;
  onFilter: (text: string) => void;
  onSelect: (state: string) => void;
}

interface Shown extends RunEvent {
  /** The state it happened in. */
  state: string | undefined;
}

/** The history of the run, with the numbers that `GetExecutionHistory` has. */
export function EventsTab({ id, lastEvent, event: open, onOpen, filter, onFilter, onSelect }: Props) {
  const pages = useInfiniteQuery({
    queryKey: ['events', id],
    queryFn: ({ pageParam }) => api.events(id, pageParam, PAGE),
    initialPageParam: 1,
    getNextPageParam: (page) => page.next ?? nextOf(page.items, lastEvent),
  });
  const all = useMemo(() => withStates(pages.data?.pages.flatMap(({ items }) => items) ?? []), [pages.data]);
  const events = useMemo(() => all.filter((event) => hasText(event, filter)), [all, filter]);
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const isAtEnd = (rows.at(-1)?.index ?? -1) >= events.length - 1;
  useEffect(() => {
    if (isAtEnd && hasNextPage && !isFetching) void fetchNextPage();
  }, [isAtEnd, hasNextPage, isFetching, fetchNextPage]);

  // The address may name an event that is many pages away.
  const sought = useRef(open);
  const at = sought.current === undefined ? -1 : events.findIndex(({ id }) => id >= sought.current!);
  useEffect(() => {
    if (sought.current === undefined) return;
    if (at < 0) {
      if (hasNextPage && !isFetching) void fetchNextPage();
      return;
    }
    virtual.scrollToIndex(at, { align: 'center' });
    sought.current = undefined;
  }, [at, hasNextPage, isFetching, fetchNextPage, virtual]);

  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  const chosen = all.find((event) => event.id === open);
  return (
    <div className="stack">
      <search className="filters">
        <label>
          {t('run.filterEvents')} <input value={filter} spellCheck={false} onChange={({ target }) => onFilter(target.value)} />
        </label>
        {filter !== '' && <span className="hint" role="status">{t('run.eventsFound', { n: events.length })}</span>}
        <button type="button" className="at-end" onClick={() => void download(id)}>{t('logs.download')}</button>
      </search>
      <Split>
        <div className="table events" role="table" aria-label={t('run.events')} aria-rowcount={filter === '' ? lastEvent + 1 : events.length + 1}>
          <div className="row head" role="row" aria-rowindex={1}>
            {COLUMNS.map((name) => (
              <span key={name} role="columnheader">{t(`run.event_${name}`)}</span>
            ))}
          </div>
          <div className="table-body" ref={scroller} role="rowgroup" tabIndex={0} aria-label={t('common.rowsOf', { what: t('run.events') })}>
            <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
              {rows.map(({ index, start }) => {
                const event = events[index]!;
                return (
                  <div
                    key={event.id}
                    role="row"
                    aria-rowindex={index + 2}
                    className={event.id === open ? 'row current' : 'row'}
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <span role="cell" className="mono hint">{event.id}</span>
                    <span role="cell" className="mono">{duration(between(all[0]!.at, event.at, 0))}</span>
                    <span role="cell" className="cut">
                      <button type="button" className="row-link" onClick={() => onOpen(event.id)}>{event.type}</button>
                    </span>
                    <span role="cell" className="cut">{event.state}</span>
                  </div>
                );
              })}
            </div>
          </div>
        </div>
        {chosen && (
          <aside className="inspector" aria-label={t('run.event', { id: String(chosen.id) })}>
            <header>
              <h2>{chosen.type}</h2>
              <p className="hint">{t('run.eventAfter', { id: String(chosen.id), previous: String(chosen.previous) })}</p>
              <time className="mono" dateTime={chosen.at}>{chosen.at}</time>
            </header>
            <Details event={chosen} />
            {chosen.state !== undefined && (
              <button type="button" onClick={() => onSelect(chosen.state!)}>{t('run.showInGraph', { step: chosen.state })}</button>
            )}
          </aside>
        )}
      </Split>
    </div>
  );
}

/** JSON texts among the details are laid out, each for itself; what is short stands in a list. */
function Details({ event }: { event: RunEvent }) {
  const entries = Object.entries(event.details).filter(([, value]) => typeof value !== 'object');
  const isData = (name: string) => ['input', 'output', 'parameters'].includes(name);
  return (
    <>
      <dl className="facts-list">
        {entries.filter(([name]) => !isData(name)).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
      {entries.filter(([name]) => isData(name)).map(([name, value]) => (
        <JsonView key={name} title={name} text={String(value)} />
      ))}
    </>
  );
}

function hasText({ id, type, state = '' }: Shown, text: string): boolean {
  return text === '' || `${id} ${type} ${state}`.toLowerCase().includes(text.toLowerCase());
}

/** Keeps the whole history as a file. */
async function download(id: string): Promise<void> {
  const events: RunEvent[] = [];
  for (let first: number | undefined = 1; first !== undefined; ) {
    const page: Page<RunEvent, number> = await api.events(id, first, PAGE);
    events.push(...page.items);
    first = page.next;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ events }, null, 2)], { type: 'application/json' }));
  link.download = `${id.split(':').at(-1)}.history.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** More events than were there when the last page was read. */
function nextOf(items: readonly RunEvent[], lastEvent: number): number | undefined {
  const last = items.at(-1)?.id ?? 0;
  return last < lastEvent ? last + 1 : undefined;
}

/** An event belongs to the state that its branch has entered last. */
function withStates(events: readonly RunEvent[]): Shown[] {
  const present = new Map<number, string>();
  return events.map((event) => {
    if (event.type.endsWith('StateEntered')) present.set(event.scope, String(event.details['name']));
    const state = event.type.startsWith('Execution') ? undefined : present.get(event.scope);
    if (event.type.endsWith('StateExited')) present.delete(event.scope);
    return { ...event, state };
  });
}
