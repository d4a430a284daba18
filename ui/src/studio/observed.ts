import type { RunEvent } from '../api/types';
import { withStates } from '../state/history';

/** What data is seen of a step, in the order of its way. */
export type ObservedStage = 'params' | 'need' | 'input' | 'sent' | 'result' | 'output';

/** What a step had and gave in a run: JSON texts. */
export interface Observed {
  stages: readonly { stage: ObservedStage; text: string; /** The task whose output it is. */ of?: string }[];
  error?: string;
  cause?: string;
  hasEnded: boolean;
}

/** Finds what the latest entry of a step had and gave, among the events of a run from its beginning; `needs` are the tasks before it. */
export function observedAt(events: readonly RunEvent[], step: string, needs: readonly string[], isOfPipeline: boolean): Observed | null {
  const all = withStates(events);
  const at = all.findLastIndex((event) => event.state === step && event.type.endsWith('StateEntered'));
  const entry = all[at];
  if (!entry) return null;
  const own = all.slice(at + 1).filter((event) => event.scope === entry.scope && event.state === step);
  const exit = own.find(({ type }) => type.endsWith('StateExited'));
  const sent = own.findLast(({ type }) => type === 'TaskScheduled');
  const told = own.findLast(({ type, details }) => /(Succeeded|Failed|TimedOut)$/.test(type) && ('output' in details || 'error' in details));
  const failure = told && 'error' in told.details ? told.details : undefined;
  const before = isOfPipeline
    ? [{ stage: 'params' as const, text: paramsIn(all[0]) }, ...needs.map((of) => ({ stage: 'need' as const, of, text: outputOf(all, of) }))]
    : [{ stage: 'input' as const, text: entry.details['input'] }];
  const stages: readonly { stage: ObservedStage; text: unknown; of?: string }[] = [
    ...before,
    { stage: 'sent', text: sent?.details['parameters'] },
    { stage: 'result', text: failure ? undefined : told?.details['output'] },
    { stage: 'output', text: exit?.details['output'] },
  ];
  const { error, cause } = failure ?? {};
  return {
    stages: stages.filter((one): one is Observed['stages'][number] => typeof one.text === 'string'),
    ...(typeof error === 'string' && { error }),
    ...(typeof cause === 'string' && cause !== '' && { cause }),
    hasEnded: exit !== undefined || failure !== undefined,
  };
}

/** Returns what a task gave last, as JSON text. */
export function outputOf(events: readonly RunEvent[], task: string): unknown {
  return events.findLast(({ type, details }) => type.endsWith('StateExited') && details['name'] === task)?.details['output'];
}

function paramsIn(started: RunEvent | undefined): string | undefined {
  const input = started?.details['input'];
  if (typeof input !== 'string') return undefined;
  return JSON.stringify((JSON.parse(input) as { params?: unknown }).params ?? {});
}
