import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { approvals } from '../api/approvals';
import { runName, workflowName } from './arn';
import { groupBy } from './groupBy';
import { valueText } from './runQuery';

/** As long as a query may be, less what is asked beside. */
const QUERY_CHARS_MAX = 3_000;

/** Returns the runs in which people are asked something; nothing before that is known. */
export function usePeople(): readonly string[] | undefined {
  const { data } = useQuery({ queryKey: ['approvals', 'open'], queryFn: () => approvals.list('open') });
  return useMemo(() => data && [...new Set(data.items.map(({ run }) => run))], [data]);
}

/** Returns what finds these runs, with what else is asked: as many of them as a query has room for. */
export function queryOfRuns(runs: readonly string[], q: string | undefined): string {
  const kept: string[] = [];
  for (const run of runs) {
    if (writtenOf([...kept, run]).length > QUERY_CHARS_MAX) break;
    kept.push(run);
  }
  const these = writtenOf(kept);
  return q ? `(${these}) and (${q})` : these;
}

function writtenOf(runs: readonly string[]): string {
  const groups = [...groupBy(runs, workflowName)];
  return groups.map(([workflow, some]) => `workflow = ${valueText(workflow)} and name in (${some.map((run) => valueText(runName(run))).join(', ')})`).join(' or ');
}
