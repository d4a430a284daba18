import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../api/client';
import { t } from '../i18n/text';
import { RunsTable } from '../pages/runs/RunsTable';
import { useFacts } from '../state/runFacts';
import { Empty } from './Empty';
import { Problem } from './Problem';

const NO_COLUMNS: readonly string[] = [];

/** The runs of one workflow or pipeline, the latest change first. */
export function RunsOf({ workflow }: { workflow: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['runs of', workflow],
    queryFn: ({ pageParam }) => api.runs({ workflow }, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data]);
  const facts = useFacts(rows, NO_COLUMNS);
  if (pages.isError) return <Problem error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isSuccess && rows.length === 0) {
    return (
      <Empty title={t('common.nothingRan')}>
        <p>{t('common.nothingRanHint')}</p>
      </Empty>
    );
  }
  const more = () => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
  };
  return <RunsTable rows={rows} isMore={pages.hasNextPage} onEnd={more} ofOne facts={facts} />;
}
