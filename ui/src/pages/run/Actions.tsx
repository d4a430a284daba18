import { useState } from 'react';
import { api } from '../../api/client';
import { runs } from '../../api/runs';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { Graph } from '../../graph/compile';
import { redrivePlan } from '../../state/again';
import { isOfPipeline } from '../../state/arn';
import { redriveAs, stopAs, textOf } from '../../state/equivalents';
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

/** What a redrive does is told before: where the run goes on, and how much stays as it is. */
export function RedriveDialog({ id, graph, store, onClose }: Props & { graph: Graph | null; store: StepStore }) {
  const [plan] = useState(() => redrivePlan(graph, store.all()));
  return (
    <Ask title={t('run.redriveTitle')} verb={t('run.redrive')} act={() => api.redrive(id)} onClose={onClose}>
      <p>{t('run.redriveHint')}</p>
      {plan.goesOnAt.length > 0 && <p>{t('run.redriveFrom', { steps: plan.goesOnAt.join(', ') })}</p>}
      {plan.kept > 0 && <p>{t('run.redriveKept', { n: plan.kept })}</p>}
      <Equivalents of={redriveAs(id)} />
    </Ask>
  );
}
