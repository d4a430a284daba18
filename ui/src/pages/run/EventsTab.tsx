import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { api } from '../../api/client';
import type { Page, RunEvent, Step } from '../../api/types';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import type { EventRows, RunSearch } from '../../router';
import { keepFile } from '../../state/files';
import { amount } from '../../state/format';
import { withStates } from '../../state/history';
import { EventList } from './events/EventList';

const PAGE = 500;

interface Props {
  id: string;
  /** When the run began. */
  began: string;
  lastEvent: number;
  /** The event that the address names. */
  event: number | undefined;
  onOpen: (event: number) => void;
  rows: EventRows;
  onRows: (rows: EventRows) => void;
  order: RunSearch['order'];
  onOrder: (order: RunSearch['order']) => void;
  filter: string;
  onFilter: (text: string) => void;
  onSelect: (state: string) => void;
  stepOf: (state: string) => Step | undefined;
  /** Whether it runs a pipeline. */
  ofTasks: boolean;
}

/** The history of the run, with the numbers that `GetExecutionHistory` has. */
export function EventsTab({ id, lastEvent, event, order, onOrder, ...shown }: Props) {
  // Entries of states are put together from their beginnings on.
  const isNewestFirst = order === 'newest' && shown.rows !== 'compact';
  const pages = useInfiniteQuery({
    queryKey: ['events', id, isNewestFirst],
    queryFn: ({ pageParam }) => api.events(id, pageParam, PAGE, isNewestFirst || undefined),
    initialPageParam: isNewestFirst ? undefined : 1,
    getNextPageParam: (page): number | undefined => page.next ?? (isNewestFirst ? undefined : nextOf(page.items, lastEvent)),
  });
  const all = useMemo(() => {
    const items = pages.data?.pages.flatMap(({ items }) => items) ?? [];
    return isNewestFirst ? withStates(items.toReversed()).toReversed() : withStates(items);
  }, [pages.data, isNewestFirst]);
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  const [isLoading, setLoading] = useState(false);
  const loadAll = async () => {
    setLoading(true);
    let isMore = true;
    while (isMore) isMore = (await fetchNextPage()).hasNextPage;
    setLoading(false);
  };
  if (pages.isError && all.length === 0) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  const news = isNewestFirst && all.length > 0 ? lastEvent - all[0]!.id : 0;
  return (
    <EventList {...shown} all={all} total={lastEvent} more={hasNextPage ? more : undefined} open={event} download={() => void download(id)}>
      {shown.rows !== 'compact' && (
        <label className="check">
          <input type="checkbox" checked={isNewestFirst} onChange={({ target }) => onOrder(target.checked ? 'newest' : undefined)} />
          {t('run.newestFirst')}
        </label>
      )}
      {news > 0 && (
        <button type="button" onClick={() => void pages.refetch()}>{t('run.newEvents', { n: news })}</button>
      )}
      {hasNextPage && all.length > 0 && (
        <>
          <span className="hint" role="status">{t('run.eventsLoaded', { loaded: amount(all.length), total: amount(lastEvent) })}</span>
          <button type="button" disabled={isLoading} onClick={() => void loadAll()}>{t('run.loadAllEvents')}</button>
        </>
      )}
    </EventList>
  );
}

/** Keeps the whole history as a file. */
async function download(id: string): Promise<void> {
  const events: RunEvent[] = [];
  for (let first: number | undefined = 1; first !== undefined; ) {
    const page: Page<RunEvent, number> = await api.events(id, first, PAGE);
    events.push(...page.items);
    first = page.next;
  }
  keepFile(`${id.split(':').at(-1)}.history.json`, JSON.stringify({ events }, null, 2));
}

/** More events than were there when the last page was read. */
function nextOf(items: readonly RunEvent[], lastEvent: number): number | undefined {
  const last = items.at(-1)?.id ?? 0;
  return last < lastEvent ? last + 1 : undefined;
}
