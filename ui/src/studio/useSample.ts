import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { DraftView, RunItem } from '../api/schema';
import { pretty } from '../state/format';

const FIRST = '{}';

/** The input that expressions are completed over and steps are tested with; the browser keeps it. It can be that of a run. */
export function useSample({ id, of }: DraftView, run: string | undefined): [string, (text: string) => void] {
  const key = `compasso.sample.${of ?? id}`;
  const [sample, setSample] = useState(() => {
    try {
      return localStorage.getItem(key) ?? FIRST;
    } catch {
      return FIRST;
    }
  });
  const keep = (text: string) => {
    setSample(text);
    try {
      localStorage.setItem(key, text);
    } catch {
      // Storage may be full or switched off; the sample then lasts as long as the page.
    }
  };
  useEffect(() => {
    // A run that is gone leaves the sample as it is.
    if (run !== undefined) void sampleOf(run).then(keep, () => {});
  }, [run]);
  return [sample, keep];
}

/** Returns the input of a run, laid out. */
export async function sampleOf(run: string): Promise<string> {
  const view = await api.view(run);
  return pretty(view.run.input ?? FIRST);
}

/** Returns the latest runs of a workflow, whose data can be taken; of something new there are none. */
export function useRunsOf(of: string | undefined): readonly RunItem[] {
  const runs = useQuery({ queryKey: ['runs of', of, 'samples'], queryFn: () => api.runs({ workflow: of! }), enabled: of !== undefined });
  return runs.data?.items ?? [];
}
