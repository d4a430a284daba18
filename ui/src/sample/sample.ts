import { pipelines } from '../api/pipelines';
import text from './first-steps.pipeline.yaml?raw';

/** What the sample is called in its text. */
export const SAMPLE = 'first-steps';

/** Starts a run of the sample, and returns its ARN. What somebody made of the sample stays as it is. */
export async function runSample(): Promise<string> {
  const { items } = await pipelines.list();
  if (!items.some(({ name }) => name === SAMPLE)) await pipelines.push(text);
  return (await pipelines.start(SAMPLE, {})).id;
}
