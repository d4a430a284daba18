import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { operate } from '../api/operate';
import { pipelines } from '../api/pipelines';
import type { PipelineItem, WorkflowCourse } from '../api/schema';
import type { RunItem, StepStatus } from '../api/types';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import type { Column } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FilterField } from '../components/FilterField';
import { Status } from '../components/Glyph';
import { ListTable } from '../components/ListTable';
import { NewInStudio } from '../components/NewInStudio';
import { Page } from '../components/Page';
import { t } from '../i18n/text';
import { isOfPipeline } from '../state/arn';
import { useFresh } from '../state/fresh';
import { useList } from '../state/list';
import { type Facts, useFacts } from '../state/runFacts';
import { standOfRun, worst } from '../state/status';
import { courseColumns, nextColumn, nextOf, type WithCourse, type WithNext } from './workflows/list';

const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));

interface Row extends PipelineItem, WithCourse, WithNext {}

function columns(facts: Facts): readonly Column<Row>[] {
  return [
    {
      name: t('pipelines.state'),
      width: 'minmax(84px, 112px)',
      sort: { by: 'state', of: ({ paused, course }) => (paused ? 2 : (course?.running ?? 0) > 0 ? 0 : 1) },
      cell: ({ paused, course }) => {
        if (paused) return <Status status="blocked" word={t('pipelines.paused')} />;
        return course && course.running > 0 ? <Status status={standOfOpen(course, facts)} /> : <Status status="not_reached" word={t('pipelines.active')} />;
      },
    },
    {
      name: t('pipelines.name'),
      width: 'minmax(100px, 1.4fr)',
      className: 'cut',
      sort: { by: 'name', of: ({ name }) => name },
      cell: ({ name }) => (
        <Link to="/pipelines/$name" params={{ name }} className="row-link">
          {name}
        </Link>
      ),
    },
    ...courseColumns(),
    nextColumn(),
  ];
}

const openIn = ({ latest }: WorkflowCourse) => latest.filter(({ status }) => status === 'RUNNING') as RunItem[];

/** How the runs under way stand: what they wait for, if all of them do. */
function standOfOpen(course: WorkflowCourse, facts: Facts): StepStatus {
  const open = openIn(course);
  const stands = open.map(({ id, status }) => standOfRun(status, facts.get(id)?.waits));
  // There may be more than are told of.
  return open.length < course.running || stands.includes('running') ? 'running' : worst(stands);
}

/** The pipelines of the server. */
export function Pipelines() {
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const list = useQuery({ queryKey: ['pipelines'], queryFn: pipelines.list });
  const overview = useQuery({ queryKey: ['overview'], queryFn: operate.overview });
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  useFresh(['pipelines'], ['overview'], ['schedules']);
  const shown = useList();
  const courses = useMemo(() => new Map(overview.data?.workflows.map((course) => [course.id, course])), [overview.data]);
  const open = useMemo(() => [...courses.values()].filter(({ id }) => isOfPipeline(id)).flatMap(openIn), [courses]);
  const facts = useFacts(open, []);
  return (
    <Page
      title={t('frame.pipelines')}
      fills
      actions={
        <>
          <NewInStudio kind="PIPELINE" word={t('pipelines.new')} />
          <button type="button" className="primary" disabled={!list.data || list.data.items.length === 0} onClick={() => setStarting(true)}>
            {t('runs.start')}
          </button>
        </>
      }
    >
      <Answer of={list} what={t('pipelines.what')}>
        {({ items }) => {
          if (items.length === 0) return <Nothing />;
          return (
            <>
              <FilterField list={shown} />
              <ListTable
                list={shown}
                textsOf={({ name }) => [name]}
                label={t('frame.pipelines')}
                columns={columns(facts)}
                rows={items.map((item) => ({ ...item, course: courses.get(item.id), next: nextOf(item.id, schedules.data?.items ?? []) }))}
                keyOf={({ id }) => id}
                onOpen={({ name }) => void navigate({ to: '/pipelines/$name', params: { name } })}
              />
            </>
          );
        }}
      </Answer>
      {isStarting && (
        <Suspense fallback={null}>
          <StartRun workflows={list.data?.items.map(({ id, name }) => ({ id, name, kind: 'STANDARD' })) ?? []} onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function Nothing() {
  return (
    <Empty title={t('pipelines.none')}>
      <p>{t('pipelines.noneHint')}</p>
      <Command text={`compasso push hello.pipeline.yaml --endpoint ${location.origin}`} />
    </Empty>
  );
}
