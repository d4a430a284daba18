import type { WorkflowCourse } from '../../api/schema';
import type { Column } from '../../components/DataTable';
import { Outcomes } from '../../components/Outcomes';
import { duration } from '../../state/format';

/** A row about a workflow with how its runs go. */
export interface WithCourse {
  course: WorkflowCourse | undefined;
}

/** Columns about the runs of a day. */
export const COURSE_COLUMNS: readonly Column<WithCourse>[] = [
  {
    name: 'Latest runs',
    width: '340px',
    isWide: true,
    cell: ({ course }) => (course ? <Outcomes latest={course.latest} /> : <span className="hint">none in 24 h</span>),
  },
  { name: 'Running', width: '64px', className: 'mono', isWide: true, cell: ({ course }) => course?.running ?? 0 },
  {
    name: 'Well, 24 h',
    width: '76px',
    className: 'mono',
    cell: ({ course }) => share(course),
  },
  {
    name: '95 % took',
    width: '92px',
    className: 'mono',
    isWide: true,
    cell: ({ course }) => (course?.durations ? duration(course.durations.p95Ms) : '–'),
  },
];

function share(course: WorkflowCourse | undefined): string {
  const ended = (course?.succeeded ?? 0) + (course?.failed ?? 0);
  return course === undefined || ended === 0 ? '–' : `${Math.floor((course.succeeded / ended) * 100)}\u2009%`;
}
