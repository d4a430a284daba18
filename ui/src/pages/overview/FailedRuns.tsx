import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { FailedStep, FailureGroup } from '../../api/schema';
import { ConfirmBulk } from '../../components/ConfirmBulk';
import { DismissDialog } from '../../components/DismissDialog';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { runsSearch, type RunsSearch } from '../../router';
import { ofRun } from '../../state/status';

/** Runs that failed in the same way: the latest one, and all of them at once. */
export function FailedRuns({ group }: { group: FailureGroup }) {
  const [asked, setAsked] = useState<'redrive' | 'dismiss' | null>(null);
  const { run, step, error, cause, ids, workflows } = group;
  return (
    <li className="attention">
      <Status status={ofRun(run.status)} />
      <div>
        <p>
          <Link to="/runs/$id" params={{ id: run.id }}>
            {run.workflowName} <span className="mono">{run.name}</span>
          </Link>
        </p>
        <p className="cut">
          <b className="mono">{error}</b> {step && t('overview.atStep', { step: step.name })} <span className="hint">{cause}</span>
        </p>
        {ids.length > 1 && (
          <p className="hint" title={workflows.join(', ')}>
            {workflows.length > 1 ? t('overview.alike', { n: ids.length, workflows: workflows.length }) : t('overview.alikeInOne', { n: ids.length })}{' '}
            {step && <Link to="/runs" search={stepsOf(group, step)}>{t('overview.showAlike')}</Link>}
          </p>
        )}
      </div>
      <div className="end">
        <When at={run.stopped} />
        <span className="actions">
          <button type="button" className="small quiet" onClick={() => setAsked('dismiss')}>
            {t('bulk.dismiss')}
          </button>
          <button type="button" className="small" onClick={() => setAsked('redrive')}>
            {t('overview.redrive', { n: ids.length })}
          </button>
        </span>
      </div>
      {asked === 'redrive' && <ConfirmBulk action="redrive" subject={{ ids }} onClose={() => setAsked(null)} />}
      {asked === 'dismiss' && <DismissDialog of={{ runs: [...ids] }} count={ids.length} onClose={() => setAsked(null)} />}
    </li>
  );
}

/** The failed steps of all runs that failed alike. */
function stepsOf({ run, error, workflows }: FailureGroup, { name, state }: FailedStep): RunsSearch {
  return runsSearch({ show: 'steps', since: '24h', state, step: name, error, ...(workflows.length === 1 && { workflow: run.workflow }) });
}
