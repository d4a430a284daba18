import type { ChosenRuns, JobAction, JobState } from '../api/schema';
import type { StepStatus } from '../api/types';
import { t } from '../i18n/text';
import { workflowName } from './arn';

/** How a job stands, in the words of steps. */
export const JOB_STATUS: Record<JobState, StepStatus> = { running: 'running', cancelled: 'aborted', finished: 'succeeded' };

/** The actions that people choose from, the mildest first. */
export const JOB_ACTIONS: readonly JobAction[] = ['redrive', 'rerun', 'cancel', 'stop', 'delete'];

/** Writes which runs are chosen in the language of searches, which is the same in every language. */
export function queryText({ workflow, status, startedFrom, q, open }: ChosenRuns): string {
  const parts = [
    // Queries have no word for what is dismissed.
    open && t('bulk.openFailures'),
    status && `status = ${status}`,
    workflow && `workflow = "${workflowName(workflow)}"`,
    startedFrom && `started >= ${startedFrom}`,
    q && (open || status || workflow || startedFrom ? `(${q})` : q),
  ];
  return parts.filter(Boolean).join(' and ');
}
