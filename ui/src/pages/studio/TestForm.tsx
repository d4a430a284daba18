import { type FormEvent, useState } from 'react';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';

type Mock = 'none' | 'result' | 'error';

interface Props {
  step: string;
  isBusy: boolean;
  /** Takes what goes with the test: variables, and what stands in for the task. */
  onTest: (asked: object) => void;
}

/** Asks what a test of a state begins with. */
export function TestForm({ step, isBusy, onTest }: Props) {
  const [mock, setMock] = useState<Mock>('none');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onTest(asked(new FormData(event.currentTarget), mock));
  };
  return (
    <form className="test-form" onSubmit={submit}>
      <Field label={t('studio.variables')} isOptional>
        <textarea name="variables" className="mono" rows={2} placeholder="{}" spellCheck={false} />
      </Field>
      <Field label={t('studio.task')}>
        <select value={mock} onChange={({ target }) => setMock(target.value as Mock)}>
          <option value="none">{t('studio.mockNone')}</option>
          <option value="result">{t('studio.mockResult')}</option>
          <option value="error">{t('studio.mockError')}</option>
        </select>
      </Field>
      {mock === 'result' && (
        <Field label={t('studio.result')}>
          <textarea name="result" className="mono" rows={3} defaultValue="{}" spellCheck={false} />
        </Field>
      )}
      {mock === 'error' && (
        <Field label={t('common.error')}>
          <input name="error" defaultValue="States.TaskFailed" spellCheck={false} />
        </Field>
      )}
      <button type="submit" className="primary" disabled={isBusy}>
        {t(isBusy ? 'studio.testing' : 'studio.testNow', { name: step })}
      </button>
    </form>
  );
}

function asked(fields: FormData, mock: Mock): object {
  const variables = String(fields.get('variables') ?? '').trim();
  const result = { result: String(fields.get('result') ?? '') };
  const failure = { errorOutput: { error: String(fields.get('error') ?? ''), cause: '' } };
  return {
    ...(variables !== '' && { variables }),
    ...(mock !== 'none' && { mock: mock === 'result' ? result : failure }),
  };
}
