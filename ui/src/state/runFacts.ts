import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../api/client';
import type { RunFacts } from '../api/schema';
import type { RunItem } from '../api/types';
import { isOver } from './status';

/** Runs asked about at once. */
const CHUNK = 100;
/** Pause between two looks at runs under way. */
const LOOK_MS = 5_000;
const ASKED: readonly string[] = ['trigger', 'progress'];

export type Facts = ReadonlyMap<string, RunFacts>;

/** What listings do not tell of runs, by their ids: one question for many rows. Where no column is about it, only those under way are asked about. */
export function useFacts(rows: readonly RunItem[], columns: readonly string[]): Facts {
  const isAsked = columns.some((name) => ASKED.includes(name));
  const chunks = useMemo(() => chunksOf(isAsked ? rows : rows.filter(({ status }) => status === 'RUNNING')), [isAsked, rows]);
  return useQueries({
    queries: chunks.map((chunk) => ({
      // A run that has ended has other facts.
      queryKey: ['facts', chunk.map(({ id, status }) => [id, isOver(status)])],
      queryFn: () => api.facts(chunk.map(({ id }) => id)),
      placeholderData: keepPreviousData,
      refetchInterval: chunk.every(({ status }) => isOver(status)) ? (false as const) : LOOK_MS,
    })),
    combine: byId,
  });
}

function byId(answers: readonly { data?: { items: readonly RunFacts[] } | undefined }[]): Facts {
  return new Map(answers.flatMap(({ data }) => data?.items ?? []).map((facts) => [facts.id, facts]));
}

function chunksOf(rows: readonly RunItem[]): RunItem[][] {
  return Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, at) => rows.slice(at * CHUNK, (at + 1) * CHUNK));
}
