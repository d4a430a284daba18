import { at, query, RequestError } from './client';
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
  /** Lines with this text in them. */
  q?: string | undefined;
  stream?: 'stdout' | 'stderr' | undefined;
}

/** Returns where the log of a run can be kept from as a file. */
export function logFile(run: string, filter: LogFilter): string {
  return `/api/v1${at`/runs/${run}/logs`}${query({ ...filter, download: 'true' })}`;
}

/** Reads the lines of a log as they come, until the run is over or the signal ends it. */
export async function readLog(
  run: string,
  filter: LogFilter,
  signal: AbortSignal,
  take: (lines: WrittenLine[]) => void,
): Promise<void> {
  const path = `/api/v1${at`/runs/${run}/logs`}${query({ ...filter, follow: 'true' })}`;
  const response = await fetch(path, { signal });
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
