import type { ChosenRuns, JobAction, JobState } from '../api/schema';
import type { StepStatus } from '../api/types';
import type { ServerWord } from '../i18n/catalogue';
import { ofServer } from '../i18n/text';
import { workflowName } from './arn';

/** How a job stands, in the words of steps. */
export const JOB_STATUS: Record<JobState, StepStatus> = { running: 'running', cancelled: 'aborted', finished: 'succeeded' };

/** The actions that people choose from, the mildest first. */
export const JOB_ACTIONS: readonly JobAction[] = ['redrive', 'rerun', 'cancel', 'stop', 'delete'];

/** What a job says of runs with which it did nothing, with the words for it. */
const WHYS: Readonly<Record<string, ServerWord>> = {
  'The run is under way: stop it first': 'why_underWay',
  'The end of the run is still being told: try again later': 'why_beingTold',
};

/** Returns why a job did nothing with a run: in the reader's language, if there are words for it. */
export function whyOf(why: string): string {
  const word = WHYS[why];
  return (word && ofServer(word)) ?? why;
}

/** Writes which runs are chosen in the language of searches, which is the same in every language. */
export function queryText({ workflow, status, startedFrom, q }: ChosenRuns): string {
  const parts = [
    status && `status = ${status}`,
    workflow && `workflow = "${workflowName(workflow)}"`,
    startedFrom && `started >= ${startedFrom}`,
    q && (status || workflow || startedFrom ? `(${q})` : q),
  ];
  return parts.filter(Boolean).join(' and ');
}
