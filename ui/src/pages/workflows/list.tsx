import type { ScheduleView, WorkflowCourse } from '../../api/schema';
import type { Column } from '../../components/DataTable';
import { Outcomes } from '../../components/Outcomes';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { duration, percent } from '../../state/format';

/** A row about a workflow with how its runs go. */
export interface WithCourse {
  course: WorkflowCourse | undefined;
}

/** A row about what the clock may start. */
export interface WithNext {
  next: string | undefined;
}

/** When the clock starts it next. */
export function nextColumn(): Column<WithNext> {
  return { name: t('workflows.next'), width: '164px', className: 'cut', isWide: true, sort: { by: 'next', of: ({ next }) => next && Date.parse(next) }, cell: ({ next }, now) => <When at={next} now={now} /> };
}

/** Returns the earliest tick of what is on. */
export function nextOf(id: string, schedules: readonly ScheduleView[]): string | undefined {
  const due = schedules.filter(({ workflow, state }) => workflow === id && state === 'active');
  return due.flatMap(({ next }) => next.slice(0, 1)).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** Returns columns about the runs of a day. */
export function courseColumns(): readonly Column<WithCourse>[] {
  return [
    {
      name: t('workflows.latest'),
      width: '282px',
      isWide: true,
      cell: ({ course }) =>
        course ? <Outcomes latest={course.latest} /> : <span className="hint">{t('workflows.noneIn24h')}</span>,
    },
    {
      name: t('workflows.running'),
      width: '72px',
      className: 'number',
      isWide: true,
      sort: { by: 'running', of: ({ course }) => course?.running ?? 0 },
      cell: ({ course }) => course?.running ?? 0,
    },
    {
      name: t('workflows.wellIn24h'),
      width: 'minmax(70px, 108px)',
      className: 'number',
      sort: { by: 'well', of: ({ course }) => shareOf(course) },
      cell: ({ course }) => percent(course?.succeeded ?? 0, (course?.succeeded ?? 0) + (course?.failed ?? 0)),
    },
    {
      name: t('workflows.p95'),
      width: '92px',
      className: 'number',
      isWide: true,
      sort: { by: 'p95', of: ({ course }) => course?.durations?.p95Ms },
      cell: ({ course }) => (course?.durations ? duration(course.durations.p95Ms) : '–'),
    },
  ];
}

/** Which part of the runs that ended went well; nothing where none did. */
function shareOf(course: WorkflowCourse | undefined): number | undefined {
  const { succeeded = 0, failed = 0 } = course ?? {};
  return succeeded + failed > 0 ? succeeded / (succeeded + failed) : undefined;
}

/** Returns the word for how long executions are kept in mind. */
export function kindWord(isExpress: boolean): string {
  return isExpress ? t('workflows.express') : t('workflows.standard');
}
