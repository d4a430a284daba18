import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api } from '../../api/client';
import type { Page, RunEvent, Step } from '../../api/types';
import { Problem } from '../../components/Problem';
import type { EventRows } from '../../router';
import { keepFile } from '../../state/files';
import { withStates } from '../../state/history';
import { EventList } from './events/EventList';

const PAGE = 500;

interface Props {
  id: string;
  lastEvent: number;
  /** The event that the address names. */
  event: number | undefined;
  onOpen: (event: number) => void;
  rows: EventRows;
  onRows: (rows: EventRows) => void;
  filter: string;
  onFilter: (text: string) => void;
  onSelect: (state: string) => void;
  stepOf: (state: string) => Step | undefined;
  /** Whether it runs a pipeline. */
  ofTasks: boolean;
}

/** The history of the run, with the numbers that `GetExecutionHistory` has. */
export function EventsTab({ id, lastEvent, event, ...shown }: Props) {
  const pages = useInfiniteQuery({
    queryKey: ['events', id],
    queryFn: ({ pageParam }) => api.events(id, pageParam, PAGE),
    initialPageParam: 1,
    getNextPageParam: (page) => page.next ?? nextOf(page.items, lastEvent),
  });
  const all = useMemo(() => withStates(pages.data?.pages.flatMap(({ items }) => items) ?? []), [pages.data]);
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  return <EventList {...shown} all={all} total={lastEvent} more={hasNextPage ? more : undefined} open={event} download={() => void download(id)} />;
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
