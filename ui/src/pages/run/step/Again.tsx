import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../../../api/client';
import type { ReplayOf } from '../../../api/schema';
import type { Run } from '../../../api/types';
import { rich } from '../../../i18n/rich';
import { runName } from '../../../state/arn';
import { cameAt } from '../../../state/deliveries';
import { instant } from '../../../state/format';
import { isOver } from '../../../state/status';

/** More are found in the list of runs. */
const SHOWN_MAX = 3;

/** The labels of a run, the run that it runs again, and those that run it again. */
export function Again({ run: { id, againOf, labels = {}, replayOf, status, workflow, workflowName } }: { run: Run }) {
  const q = `input.run.again_of = ${JSON.stringify(id)}`;
  // What runs for an item of a distributed Map is of `name/label`, which cannot be asked for, and is part of its Map.
  const isAsked = isOver(status) && !workflow.includes('/');
  const again = useQuery({ queryKey: ['again of', id], queryFn: () => api.runs({ workflow, q }), enabled: isAsked, staleTime: 0 });
  const items = again.data?.items ?? [];
  return (
    <>
      {Object.entries(labels).map(([name, value]) => (
        <Link key={name} to="/runs" search={{ q: `labels.${name} = ${JSON.stringify(value)}` }} className="mono">
          {`${name}=${value}`}
        </Link>
      ))}
      {againOf !== undefined && <span>{rich('step.againOf', { run: <Named id={againOf} /> })}</span>}
      {replayOf && <span>{replayed(replayOf, workflowName)}</span>}
      {items.slice(0, SHOWN_MAX).map(({ id }) => (
        <span key={id}>{rich('step.ranAgain', { run: <Named id={id} /> })}</span>
      ))}
      {items.length > SHOWN_MAX && (
        <Link to="/runs" search={{ workflow, q }}>
          {rich('step.allAgain', { n: items.length })}
        </Link>
      )}
    </>
  );
}

function replayed({ trigger, delivery, by }: ReplayOf, pipeline: string): ReactNode {
  const link = <Link to="/pipelines/$name" params={{ name: pipeline }} search={{ tab: 'triggers' }}>{trigger}</Link>;
  const time = instant(cameAt(delivery));
  return by === undefined ? rich('step.replayOf', { trigger: link, time }) : rich('step.replayOfBy', { trigger: link, time, by });
}

function Named({ id }: { id: string }) {
  return <Link to="/runs/$id" params={{ id }} className="mono">{runName(id)}</Link>;
}
