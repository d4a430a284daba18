import { type FormEvent, type ReactNode, useState } from 'react';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';

/** What becomes of the work of a step: it is really done, only told, or something stands in for it. */
export type Stand = 'none' | 'order' | 'result' | 'error';

const WORDS = { none: 'studio.mockNone', order: 'studio.mockOrder', result: 'studio.mockResult', error: 'studio.mockError' } as const;

interface Props {
  step: string;
  isBusy: boolean;
  stands: readonly Stand[];
  /** What an error is called that nobody has named. */
  error: string;
  /** What else is asked. */
  children: ReactNode;
  onTest: (fields: FormData, stand: Stand) => void;
}

/** Asks what a test of a step begins with. */
export function TestForm({ step, isBusy, stands, error, children, onTest }: Props) {
  const [chosen, setStand] = useState<Stand>(stands[0]!);
  const stand = stands.includes(chosen) ? chosen : stands[0]!;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onTest(new FormData(event.currentTarget), stand);
  };
  return (
    <form className="test-form" onSubmit={submit}>
      {children}
      {stands.length > 1 && (
        <Field label={t('studio.task')}>
          <select value={stand} onChange={({ target }) => setStand(target.value as Stand)}>
            {stands.map((one) => (
              <option key={one} value={one}>{t(WORDS[one])}</option>
            ))}
          </select>
        </Field>
      )}
      {stand === 'result' && (
        <Field label={t('studio.result')}>
          <textarea name="result" className="mono" rows={3} defaultValue="{}" spellCheck={false} />
        </Field>
      )}
      {stand === 'error' && (
        <Field label={t('common.error')}>
          <input name="error" defaultValue={error} spellCheck={false} />
        </Field>
      )}
      <button type="submit" className="primary" disabled={isBusy}>
        {t(isBusy ? 'studio.testing' : 'studio.testNow', { name: step })}
      </button>
    </form>
  );
}
