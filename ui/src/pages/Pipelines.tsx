import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { operate } from '../api/operate';
import { pipelines } from '../api/pipelines';
import type { PipelineItem, ScheduleView } from '../api/schema';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { t } from '../i18n/text';
import { useFresh } from '../state/fresh';
import { courseColumns, type WithCourse } from './workflows/list';

interface Row extends PipelineItem, WithCourse {
  next: string | undefined;
}

function columns(): readonly Column<Row>[] {
  return [
    {
      name: t('pipelines.state'),
      width: 'minmax(84px, 112px)',
      cell: ({ paused, course }) => {
        if (paused) return <Status status="blocked" word={t('pipelines.paused')} />;
        return (course?.running ?? 0) > 0 ? <Status status="running" /> : <span>{t('pipelines.active')}</span>;
      },
    },
    {
      name: t('pipelines.name'),
      width: 'minmax(100px, 1.4fr)',
      className: 'cut',
      cell: ({ name }) => (
        <Link to="/pipelines/$name" params={{ name }} className="row-link">
          {name}
        </Link>
      ),
    },
    ...courseColumns(),
    {
      name: t('pipelines.next'),
      width: '140px',
      className: 'cut',
      isWide: true,
      cell: ({ next }, now) => <When at={next} now={now} />,
    },
  ];
}

/** The pipelines of the server. */
export function Pipelines() {
  const navigate = useNavigate();
  const list = useQuery({ queryKey: ['pipelines'], queryFn: pipelines.list });
  const overview = useQuery({ queryKey: ['overview'], queryFn: operate.overview });
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  useFresh(['pipelines'], ['overview'], ['schedules']);
  const courses = new Map(overview.data?.workflows.map((course) => [course.id, course]));
  return (
    <Page title={t('frame.pipelines')} fills>
      <Answer of={list} what={t('pipelines.what')}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('pipelines.none')}>
              <p>{t('pipelines.noneHint')}</p>
              <Command text={`compasso push hello.pipeline.yaml --endpoint ${location.origin}`} />
            </Empty>
          ) : (
            <DataTable
              label={t('frame.pipelines')}
              columns={columns()}
              rows={items.map((item) => ({ ...item, course: courses.get(item.id), next: nextOf(item, schedules.data?.items ?? []) }))}
              keyOf={({ id }) => id}
              onOpen={({ name }) => void navigate({ to: '/pipelines/$name', params: { name } })}
            />
          )
        }
      </Answer>
    </Page>
  );
}

/** The earliest tick of what is on. */
function nextOf({ id }: PipelineItem, schedules: readonly ScheduleView[]): string | undefined {
  const due = schedules.filter(({ workflow, state }) => workflow === id && state === 'active');
  return due.flatMap(({ next }) => next.slice(0, 1)).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}
