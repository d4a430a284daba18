import type { GivenEnd, TaskView } from '../api/schema';

/** What errors are called where the run does not say: as the engine calls them. */
const FAILED: Readonly<Record<string, string>> = { failed: 'Failed', upstream_failed: 'UpstreamFailed', cancelled: 'Cancelled' };

/**
 * Returns how tasks ended for a test of one that needs them, laid out: as in a run, where it came to them.
 * `outputAt` reads a large output from the event that holds it: JSON text.
 */
export async function givenIn(tasks: readonly TaskView[], needs: readonly string[], outputAt: (event: number) => Promise<unknown>): Promise<string> {
  const ends = needs.map(async (need) => [need, await endOf(tasks.find(({ id }) => id === need), outputAt)] as const);
  return JSON.stringify(Object.fromEntries(await Promise.all(ends)), null, 2);
}

async function endOf(task: TaskView | undefined, outputAt: (event: number) => Promise<unknown>): Promise<GivenEnd> {
  if (!task) return { output: null };
  const { state, error: name = FAILED[state], cause, output } = task;
  if (state === 'skipped') return { skipped: true };
  if (state in FAILED) return { error: { name: name!, ...(cause !== undefined && { cause }) } };
  if (state !== 'success' || !output) return { output: null };
  if (output.value !== undefined) return { output: output.value };
  const text = await outputAt(output.event);
  return { output: typeof text === 'string' ? (JSON.parse(text) as unknown) : null };
}

/** Returns a task of a pipeline and the groups around it. */
export function withGroups(path: string): readonly string[] {
  return path.split('.').map((_, at, parts) => parts.slice(0, at + 1).join('.'));
}
