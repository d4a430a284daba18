import type { ServerWord } from '../i18n/catalogue';
import { ofServer } from '../i18n/text';

/** Why the server does not do something with a run, by how it says it, with the words for it. */
const WHYS: readonly (readonly [RegExp, ServerWord])[] = [
  [/^The run is under way: |^Execution is RUNNING /, 'why_underWay'],
  [/^The end of the run is still being told: /, 'why_beingTold'],
  [/^Execution is SUCCEEDED /, 'why_succeeded'],
  [/^Execution history event limit |^The history of the run is full: /, 'why_historyFull'],
  [/^Execution has exceeded the max execution time|^Execution redrivable period exceeded/, 'why_tooOld'],
  [/^Nothing of the execution is to run again|^Nothing in the run failed: /, 'why_nothingToRun'],
  [/^Execution can only be redriven by its Map Run/, 'why_byMapRun'],
  [/^It waits already for other runs/, 'why_waits'],
  [/^It is skipped: /, 'why_skipped'],
  [/^It is dropped: /, 'why_dropped'],
  [/^State machine is in DELETING status|^State Machine Deleting: /, 'why_deleting'],
  [/^Execution Does Not Exist: /, 'error_ExecutionDoesNotExist'],
  [/^State Machine Does Not Exist: /, 'error_StateMachineDoesNotExist'],
  [/^Pipeline Does Not Exist: /, 'error_PipelineDoesNotExist'],
  [/^Rate exceeded$/, 'error_ThrottlingException'],
];

/** Returns why nothing is done with a run: in the reader's language, if there are words for it. */
export function whyOf(why: string): string {
  const word = WHYS.find(([form]) => form.test(why))?.[1];
  return (word && ofServer(word)) ?? why;
}
