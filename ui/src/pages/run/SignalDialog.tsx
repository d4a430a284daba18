import { useState } from 'react';
import { runs } from '../../api/runs';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { signalAs } from '../../state/equivalents';
import { mistakeIn } from '../../state/jsonText';

/** Sends a signal to a run. It is kept until a task waits for it. */
export function SignalDialog({ run, onClose }: { run: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const [payload, setPayload] = useState('');
  const mistake = payload.trim() === '' ? null : mistakeIn(payload);
  const value = payload.trim() === '' || mistake !== null ? undefined : (JSON.parse(payload) as unknown);
  return (
    <Ask
      title={t('steer.signalTitle')}
      verb={t('steer.signal')}
      act={() => runs.signal(run, name.trim(), value)}
      onClose={onClose}
      isReady={mistake === null}
    >
      <p>{t('steer.signalHint')}</p>
      <Field label={t('steer.signalName')}>
        <input required value={name} spellCheck={false} autoComplete="off" className="mono" onChange={({ target }) => setName(target.value)} />
      </Field>
      <Field label={t('steer.payload')} isOptional hint={mistake ?? undefined}>
        <textarea
          rows={4}
          className="mono"
          spellCheck={false}
          value={payload}
          aria-invalid={mistake !== null}
          onChange={({ target }) => setPayload(target.value)}
        />
      </Field>
      <Equivalents of={signalAs(run, name.trim() || 'NAME', value)} />
    </Ask>
  );
}
