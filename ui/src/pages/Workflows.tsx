import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api } from '../api/client';
import { operate } from '../api/operate';
import type { WorkflowItem } from '../api/schema';
import { Answer } from '../components/Answer';
import type { Column } from '../components/DataTable';
import { FilterField } from '../components/FilterField';
import { FirstStart } from '../components/FirstStart';
import { ListTable } from '../components/ListTable';
import { NewInStudio } from '../components/NewInStudio';
import { Page } from '../components/Page';
import { Tags } from '../components/Tags';
import { t } from '../i18n/text';
import { isOfPipeline } from '../state/arn';
import { useFresh } from '../state/fresh';
import { useList } from '../state/list';
import { courseColumns, kindWord, nextColumn, nextOf, type WithCourse, type WithNext } from './workflows/list';

const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));

type Row = WorkflowItem & WithCourse & WithNext;

function columns(): readonly Column<Row>[] {
  return [
    {
      name: t('workflows.name'),
      width: 'minmax(100px, 1.4fr)',
      className: 'cut',
      sort: { by: 'name', of: ({ name }) => name },
      cell: ({ id, name }) => (
        <Link to="/workflows/$id" params={{ id }} className="row-link">
          {name}
        </Link>
      ),
    },
    { name: t('workflows.kind'), width: '80px', isWide: true, sort: { by: 'kind', of: ({ kind }) => kind }, cell: ({ kind }) => kindWord(kind === 'EXPRESS') },
    ...courseColumns(),
    nextColumn(),
    {
      name: t('workflows.tags'),
      width: 'minmax(60px, 1fr)',
      isWide: true,
      className: 'cut',
      cell: ({ tags }) => <Tags tags={tags} />,
    },
  ];
}

/** The state machines of the server. */
export function Workflows() {
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const list = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  const overview = useQuery({ queryKey: ['overview'], queryFn: operate.overview });
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  useFresh(['workflows'], ['overview'], ['schedules']);
  const shown = useList();
  const courses = new Map(overview.data?.workflows.map((course) => [course.id, course]));
  return (
    <Page
      title={t('frame.workflows')}
      fills
      actions={
        <>
          <NewInStudio kind="STANDARD" word={t('workflows.new')} />
          <button type="button" className="primary" disabled={list.data?.items.length === 0} onClick={() => setStarting(true)}>
            {t('runs.start')}
          </button>
        </>
      }
    >
      <Answer of={list} what={t('workflows.what')}>
        {({ items }) => {
          const machines = items.filter(({ id }) => !isOfPipeline(id));
          if (machines.length === 0) return <FirstStart />;
          return (
            <>
              <FilterField list={shown} />
              <ListTable
                list={shown}
                textsOf={({ name, tags }) => [name, ...tags.flatMap(({ key, value }) => [key, value])]}
                label={t('frame.workflows')}
                columns={columns()}
                rows={machines.map((item) => ({ ...item, course: courses.get(item.id), next: nextOf(item.id, schedules.data?.items ?? []) }))}
                keyOf={({ id }) => id}
                onOpen={({ id }) => void navigate({ to: '/workflows/$id', params: { id } })}
              />
            </>
          );
        }}
      </Answer>
      {isStarting && (
        <Suspense fallback={null}>
          <StartRun workflows={list.data?.items ?? []} onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </Page>
  );
}
