import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { at } from '../api/client';
import { jobs, type JobRunState } from '../api/jobs';
import type { JobRun, JobView } from '../api/schema';
import type { StepStatus } from '../api/types';
import { Answer } from '../components/Answer';
import { Ask } from '../components/Ask';
import { type Column, DataTable } from '../components/DataTable';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { t } from '../i18n/text';
import { runName, workflowName } from '../state/arn';
import { commandsOf } from '../state/commands';
import { JOB_STATUS, queryText } from '../state/jobs';
import { whyOf } from '../state/whys';
import '../styles/bulk.css';

const route = getRouteApi('/jobs/$id');
/** How often a job that goes on is looked at. */
const LOOK_MS = 1_000;
const RUN_STATUS: Record<JobRunState, StepStatus> = {
  pending: 'queued',
  done: 'succeeded',
  already: 'skipped',
  refused: 'failed',
};

/** One action on many runs: how far it is, and what became of each. */
export function Job() {
  const { id } = route.useParams();
  const job = useQuery({
    queryKey: ['job', id],
    queryFn: () => jobs.view(id),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_MS : false),
  });
  return (
    <Page
      title={job.data ? t(`bulk.${job.data.action}Title`) : t('bulk.job')}
      crumbs={
        <>
          <Link to="/runs">{t('frame.runs')}</Link> / <Link to="/jobs">{t('bulk.jobs')}</Link>
        </>
      }
      actions={job.data?.state === 'running' && <CancelButton id={id} />}
      fills
    >
      <Answer of={job} what={t('bulk.theJob')}>
        {(shown) => (
          <>
            <Facts job={shown} />
            <Runs job={shown} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function Facts({ job }: { job: JobView }) {
  const done = job.total - job.pending;
  return (
    <>
      <p className="facts">
        <Status status={JOB_STATUS[job.state]} word={t(`bulk.${job.state}`)} />
        <span>
          <progress value={done} max={job.total} aria-label={t('bulk.progress')} /> {t('bulk.doneOf', { done, n: job.total })}
        </span>
        <span>
          <When at={job.created} />
        </span>
        {job.by && <span>{job.by}</span>}
        {job.reason && <span>“{job.reason}”</span>}
      </p>
      {job.runs && <p className="query-told mono">{queryText(job.runs) || t('bulk.allRuns')}</p>}
    </>
  );
}

function Runs({ job }: { job: JobView }) {
  const { state = 'all' } = route.useSearch();
  const navigate = useNavigate();
  const wanted = state === 'all' ? undefined : state;
  const pages = useInfiniteQuery({
    queryKey: ['job-runs', job.id, wanted, job.pending],
    queryFn: ({ pageParam }) => jobs.runs(job.id, wanted, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  const counts = { pending: job.pending, ...job.counts };
  const tabs = [
    { id: 'all' as const, label: t('bulk.tab', { state: t('bulk.all'), n: job.total }) },
    ...(['done', 'already', 'refused', 'pending'] as const).map((id) => ({
      id,
      label: t('bulk.tab', { state: t(`bulk.run_${id}`), n: counts[id] }),
    })),
  ];
  const select = (next: JobRunState | 'all') =>
    void navigate({ to: '/jobs/$id', params: { id: job.id }, search: next === 'all' ? {} : { state: next } });
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Tabs label={t('bulk.outcomes')} tabs={tabs} current={state} onChange={select}>
      <DataTable
        label={t('frame.runs')}
        columns={columns()}
        rows={rows}
        keyOf={({ id }) => id}
        isMore={pages.hasNextPage}
        onEnd={() => {
          if (!pages.isFetching) void pages.fetchNextPage();
        }}
        onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
      />
    </Tabs>
  );
}

function columns(): readonly Column<JobRun>[] {
  return [
    {
      name: t('bulk.outcome'),
      width: '150px',
      cell: ({ state }) => <Status status={RUN_STATUS[state]} word={t(`bulk.run_${state}`)} />,
    },
    { name: t('bulk.workflow'), width: 'minmax(90px, 1fr)', className: 'cut', isWide: true, cell: ({ id }) => workflowName(id) },
    {
      name: t('bulk.runColumn'),
      width: 'minmax(90px, 1.4fr)',
      className: 'cut mono',
      cell: ({ id }) => (
        <Link to="/runs/$id" params={{ id }} className="row-link">
          {runName(id)}
        </Link>
      ),
    },
    {
      name: t('bulk.what'),
      width: 'minmax(90px, 2fr)',
      className: 'cut',
      cell: ({ why, made }) =>
        made ? (
          <Link to="/runs/$id" params={{ id: made }} className="mono above">
            {runName(made)}
          </Link>
        ) : (
          why !== undefined && <span title={whyOf(why)}>{whyOf(why)}</span>
        ),
    },
  ];
}

function CancelButton({ id }: { id: string }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const cancel = async () => {
    await jobs.cancel(id);
    await queries.invalidateQueries({ queryKey: ['job', id] });
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {t('bulk.cancelJob')}
      </button>
      {isAsking && (
        <Ask title={t('bulk.cancelJobTitle')} verb={t('bulk.cancelJobVerb')} act={cancel} onClose={() => setAsking(false)} as={() => commandsOf({ method: 'POST', path: at`/jobs/${id}/cancel` })}>
          <p>{t('bulk.cancelJobHint')}</p>
        </Ask>
      )}
    </>
  );
}
