import type { ChosenRuns } from '../api/schema';
import type { RunsSearch } from '../router';
import { startedFrom } from './since';

/** Returns what the server is asked for a list of runs. */
export function filterOf({ status, workflow, since, q, open }: RunsSearch): ChosenRuns {
  return { ...(status && { status }), ...(workflow && { workflow }), ...(since && { startedFrom: startedFrom(since) }), ...(q && { q }), ...(open && { open }) };
}
