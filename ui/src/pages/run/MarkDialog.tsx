import { useState } from 'react';
import { runs } from '../../api/runs';
import type { MarkTask } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { markAs } from '../../state/equivalents';
import { mistakeIn } from '../../state/jsonText';

const STATES = ['success', 'failed', 'skipped'] as const;

interface Props {
  run: string;
  task: string;
  onDone: () => void;
  onClose: () => void;
}

/** Says how a task ended, whatever became of it. */
export function MarkDialog({ run, task, onDone, onClose }: Props) {
  const [state, setState] = useState<MarkTask['state']>('success');
  const [output, setOutput] = useState('');
  const [reason, setReason] = useState('');
  const mistake = state === 'success' && output.trim() !== '' ? mistakeIn(output) : null;
  const isGiven = state === 'success' && output.trim() !== '' && mistake === null;
  const mark: MarkTask = {
    state,
    ...(isGiven && { output: JSON.parse(output) as unknown }),
    ...(reason.trim() && { reason: reason.trim() }),
  };
  const act = async () => {
    await runs.mark(run, task, mark);
    onDone();
  };
  return (
    <Ask title={t('steer.markTitle', { task })} verb={t('steer.mark')} act={act} onClose={onClose} isReady={mistake === null}>
      <p>{t('steer.markHint')}</p>
      <fieldset className="choices">
        <legend>{t('steer.markAs')}</legend>
        {STATES.map((one) => (
          <label key={one} className="check">
            <input type="radio" name="state" checked={state === one} onChange={() => setState(one)} />
            {t(`steer.mark_${one}`)}
          </label>
        ))}
      </fieldset>
      {state === 'success' && (
        <Field label={t('steer.output')} isOptional hint={mistake ?? undefined}>
          <textarea
            rows={3}
            className="mono"
            spellCheck={false}
            value={output}
            aria-invalid={mistake !== null}
            onChange={({ target }) => setOutput(target.value)}
          />
        </Field>
      )}
      <Field label={t('common.reason')} isOptional>
        <input value={reason} maxLength={1_000} autoComplete="off" onChange={({ target }) => setReason(target.value)} />
      </Field>
      <Equivalents of={markAs(run, task, mark)} />
    </Ask>
  );
}
