import type { RunEvent } from '../api/types';
import { withStates } from '../state/history';

/** What a state of a run was given, and what its task gave back: JSON texts. */
export interface Recorded {
  input: string;
  /** The variables that were there. */
  variables: string;
  /** What stands in for the task: what it gave, or how it failed. */
  mock?: { result: string } | { errorOutput: { error: string; cause: string } };
}

/** Finds what a state had in the latest of its entries, among the events of a run from its beginning. */
export function recordedAt(events: readonly RunEvent[], state: string): Recorded | null {
  const all = withStates(events);
  const at = all.findLastIndex((event) => event.state === state && event.type.endsWith('StateEntered'));
  const entry = all[at];
  if (!entry) return null;
  const own = all.slice(at + 1).filter((event) => event.scope === entry.scope);
  const end = own.findIndex((event) => event.type.endsWith('StateExited'));
  const mock = mockOf(end < 0 ? own : own.slice(0, end + 1));
  return { input: text(entry.details['input'], '{}'), variables: JSON.stringify(assigned(all.slice(0, at))), ...(mock && { mock }) };
}

/** The last that is told of a task is what it came to; what holds others has what it left with. */
function mockOf(own: readonly RunEvent[]): Recorded['mock'] {
  const told = own.findLast(({ type, details }) => /^(?!Execution).*(Succeeded|Failed|TimedOut)$/.test(type) && ('output' in details || 'error' in details));
  if (told && 'error' in told.details) {
    return { errorOutput: { error: text(told.details['error'], ''), cause: text(told.details['cause'], '') } };
  }
  const output = (told ?? own.at(-1))?.details['output'];
  return typeof output === 'string' ? { result: output } : undefined;
}

/** What was assigned until then; a later value stands for an earlier one. */
function assigned(events: readonly RunEvent[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { details } of events) {
    const told = (details['assignedVariables'] ?? {}) as Record<string, unknown>;
    for (const [name, value] of Object.entries(told)) found[name] = typeof value === 'string' ? JSON.parse(value) : value;
  }
  return found;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
