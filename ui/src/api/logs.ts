import { at, query, RequestError, send } from './client';
import type { FoundLines } from './schema';
import type { Refusal } from './types';

/** A line that a task wrote. */
export interface WrittenLine {
  line: number;
  at: string;
  state: string;
  entry: number;
  attempt: number;
  stream: 'stdout' | 'stderr';
  text: string;
}

/** Which lines of a run's log. */
export interface LogFilter {
  task?: string | undefined;
  stream?: 'stdout' | 'stderr' | undefined;
}

/** Returns where the log of a run can be kept from as a file. */
export function logFile(run: string, filter: LogFilter): string {
  return `/api/v1${at`/runs/${run}/logs`}${query({ ...filter, download: 'true' })}`;
}

/** Says where lines are, of those after one; with `q`, those with a text in them. */
export function findLines(run: string, filter: LogFilter & { q?: string }, after: number, signal: AbortSignal): Promise<FoundLines> {
  return send<FoundLines>(at`/runs/${run}/logs/search` + query({ ...filter, after }), { signal });
}

/** Reads some lines after one. */
export async function readLines(run: string, filter: LogFilter, after: number, limit: number, signal: AbortSignal): Promise<WrittenLine[]> {
  const lines: WrittenLine[] = [];
  await readLog(run, { ...filter, after, limit }, signal, (more) => lines.push(...more));
  return lines;
}

/** Reads the lines after one as they come, until the run is over or the signal ends it. */
export function followLog(run: string, filter: LogFilter, after: number, signal: AbortSignal, take: (lines: WrittenLine[]) => void): Promise<void> {
  return readLog(run, { ...filter, after, follow: 'true' }, signal, take);
}

async function readLog(run: string, wanted: Parameters<typeof query>[0], signal: AbortSignal, take: (lines: WrittenLine[]) => void): Promise<void> {
  const response = await fetch(`/api/v1${at`/runs/${run}/logs`}${query(wanted)}`, { signal });
  if (!response.ok) throw new RequestError(response.status, (await response.json()) as Refusal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) take(lines.map((line) => JSON.parse(line) as WrittenLine));
  }
}
