import { useState } from 'react';
import { api } from '../../api/client';
import { runs } from '../../api/runs';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import type { Run } from '../../api/types';
import { t } from '../../i18n/text';
import { useServerTexts } from '../../i18n/useServerTexts';
import type { Graph } from '../../graph/compile';
import { type RedrivePlan, redrivePlan } from '../../state/again';
import { isOfPipeline } from '../../state/arn';
import { redriveAs, stopAs, textOf } from '../../state/equivalents';
import { useKeys } from '../../state/keys';
import { hasEndedBadly } from '../../state/status';
import { whyOf } from '../../state/whys';
import type { StepStore } from '../../state/stepStore';

interface Props {
  id: string;
  onClose: () => void;
}

/** Asks before a run is stopped. What changes comes by the stream. */
export function StopDialog({ id, onClose }: Props) {
  const stop = (fields: FormData) => {
    const [error, cause] = [textOf(fields, 'error'), textOf(fields, 'cause')];
    const why = { ...(error && { error }), ...(cause && { cause }) };
    return fields.get('gently') === 'on' ? runs.cancel(id, why) : api.stop(id, why);
  };
  const as = (fields: FormData) =>
    stopAs(id, textOf(fields, 'error'), textOf(fields, 'cause'), fields.get('gently') === 'on' ? 'cancel' : 'stop');
  return (
    <Ask title={t('run.stopTitle')} verb={t('run.stop')} act={stop} onClose={onClose} as={as}>
      <p>{t('run.stopHint')}</p>
      {isOfPipeline(id) && (
        <label className="check">
          <input type="checkbox" name="gently" defaultChecked /> {t('run.gently')}
        </label>
      )}
      <Field label={t('run.error')} isOptional>
        <input name="error" maxLength={256} autoComplete="off" spellCheck={false} />
      </Field>
      <Field label={t('run.cause')} isOptional>
        <input name="cause" maxLength={32_768} autoComplete="off" />
      </Field>
    </Ask>
  );
}

interface RedriveProps {
  run: Run;
  graph: Graph | null;
  store: StepStore;
}

/** Has a run go on from where it failed. */
export function Redrive({ run: { id, status, notRedrivable }, graph, store }: RedriveProps) {
  const [isAsking, setAsking] = useState(false);
  const canRedrive = notRedrivable === undefined;
  useServerTexts();
  useKeys({ r: () => canRedrive && setAsking(true) });
  return (
    <>
      <button
        type="button"
        className={canRedrive && hasEndedBadly(status) ? 'primary' : undefined}
        disabled={!canRedrive}
        title={notRedrivable && whyOf(notRedrivable)}
        onClick={() => setAsking(true)}
      >
        {t('run.redriveAsk')}
      </button>
      {isAsking && <RedriveDialog id={id} plan={redrivePlan(graph, store.all())} onClose={() => setAsking(false)} />}
    </>
  );
}

/** What a redrive does is told before: where the run goes on, and how much stays as it is. */
function RedriveDialog({ id, plan, onClose }: Props & { plan: RedrivePlan }) {
  return (
    <Ask title={t('run.redriveTitle')} verb={t('run.redrive')} act={() => api.redrive(id)} onClose={onClose}>
      <p>{t('run.redriveHint')}</p>
      {plan.goesOnAt.length > 0 && <p>{t('run.redriveFrom', { steps: plan.goesOnAt.join(', ') })}</p>}
      {plan.kept > 0 && <p>{t('run.redriveKept', { n: plan.kept })}</p>}
      <Equivalents of={redriveAs(id)} />
    </Ask>
  );
}
