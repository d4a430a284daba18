import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { runs } from '../../api/runs';
import type { InstanceView, TaskView } from '../../api/schema';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';
import { ofTask, wordOf } from '../../state/status';

/** The states that instances have. */
const STATES = ['failed', 'running', 'retrying', 'waiting', 'queued', 'success', 'skipped', 'cancelled'] as const;
/** Pause between two looks at instances that are under way. */
const LOOK_MS = 3_000;

interface Props {
  run: string;
  task: TaskView;
}

/** The instances of a task, a page at a time; those that failed are asked for first. */
export function Instances({ run, task }: Props) {
  const [state, setState] = useState<string>(task.instances && task.instances.failed > 0 ? 'failed' : '');
  const pages = useInfiniteQuery({
    queryKey: ['instances', run, task.id, state],
    queryFn: ({ pageParam }) => runs.instances(run, task.id, state || undefined, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: task.ended === undefined ? LOOK_MS : false,
  });
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-label={t('steer.instances')}>
      <h3>{t('steer.instances')}</h3>
      <label>
        {t('steer.state')}{' '}
        <select value={state} onChange={({ target }) => setState(target.value)}>
          <option value="">{t('steer.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {wordOf(ofTask(one))}
            </option>
          ))}
        </select>
      </label>
      {pages.isError && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && <p className="hint">{t('steer.noInstance')}</p>}
      {rows.length > 0 && (
        <DataTable
          label={t('steer.instances')}
          fits
          columns={columns()}
          rows={rows}
          keyOf={({ index }) => String(index)}
          isMore={pages.hasNextPage}
          onEnd={() => {
            if (!pages.isFetching) void pages.fetchNextPage();
          }}
          isTicking={task.ended === undefined}
        />
      )}
    </section>
  );
}

function columns(): readonly Column<InstanceView>[] {
  return [
    { name: t('steer.key'), width: 'minmax(50px, 1fr)', className: 'cut mono', cell: ({ key }) => <span title={key}>{key}</span> },
    { name: t('steer.state'), width: '112px', cell: ({ state }) => <Status status={ofTask(state)} /> },
    {
      name: t('run.duration'),
      width: '72px',
      className: 'mono',
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
