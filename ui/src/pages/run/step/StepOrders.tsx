import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { drafts } from '../../../api/drafts';
import type { Run } from '../../../api/types';
import { Problem } from '../../../components/Problem';
import { t } from '../../../i18n/text';
import { useRefusal } from '../../../state/role';

interface Props {
  run: Pick<Run, 'id' | 'workflow'>;
  step: string;
  /** What is done from here on: the run goes on, or another begins. */
  again?: { word: string; isOff: boolean; hint?: string };
  /** Whether a step can be tested by itself. */
  canTest?: boolean;
}

/** What can be done with one step. */
export function StepOrders({ run, step, again, canTest = false }: Props) {
  const navigate = useNavigate({ from: '/runs/$id' });
  return (
    <div className="actions">
      <Link className="button" to="/runs/$id" params={{ id: run.id }} search={{ tab: 'logs', step }}>
        {t('run.itsLog')}
      </Link>
      {again && (
        <button
          type="button"
          disabled={again.isOff}
          title={again.hint}
          onClick={() => void navigate({ search: (before) => ({ ...before, step, again: 'step' }), replace: true })}
        >
          {again.word}
        </button>
      )}
      {canTest && <TestStep run={run} step={step} />}
    </div>
  );
}

/** Opens the step in Studio, where it is tested with what the run began with. */
function TestStep({ run, step }: { run: Pick<Run, 'id' | 'workflow'>; step: string }) {
  const navigate = useNavigate();
  const refusal = useRefusal('author');
  const [error, setError] = useState<unknown>(null);
  const open = async () => {
    const { id } = await drafts.open({ of: run.workflow });
    await navigate({ to: '/studio/$id', params: { id }, search: { run: run.id, step } });
  };
  return (
    <>
      <button type="button" disabled={refusal !== undefined} title={refusal} onClick={() => void open().catch(setError)}>
        {t('step.test')}
      </button>
      {error !== null && <Problem error={error} />}
    </>
  );
}
