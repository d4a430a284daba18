import type { WorkflowCourse } from '../../api/schema';
import type { Column } from '../../components/DataTable';
import { Outcomes } from '../../components/Outcomes';
import { t } from '../../i18n/text';
import { duration, percent } from '../../state/format';

/** A row about a workflow with how its runs go. */
export interface WithCourse {
  course: WorkflowCourse | undefined;
}

/** Returns columns about the runs of a day. */
export function courseColumns(): readonly Column<WithCourse>[] {
  return [
    {
      name: t('workflows.latest'),
      width: '340px',
      isWide: true,
      cell: ({ course }) =>
        course ? <Outcomes latest={course.latest} /> : <span className="hint">{t('workflows.noneIn24h')}</span>,
    },
    {
      name: t('workflows.running'),
      width: '72px',
      className: 'number',
      isWide: true,
      cell: ({ course }) => course?.running ?? 0,
    },
    {
      name: t('workflows.wellIn24h'),
      width: 'minmax(70px, 108px)',
      className: 'number',
      cell: ({ course }) => percent(course?.succeeded ?? 0, (course?.succeeded ?? 0) + (course?.failed ?? 0)),
    },
    {
      name: t('workflows.p95'),
      width: '92px',
      className: 'number',
      isWide: true,
      cell: ({ course }) => (course?.durations ? duration(course.durations.p95Ms) : '–'),
    },
  ];
}

/** Returns the word for how long executions are kept in mind. */
export function kindWord(isExpress: boolean): string {
  return isExpress ? t('workflows.express') : t('workflows.standard');
}
