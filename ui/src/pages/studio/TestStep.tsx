import { useState } from 'react';
import { drafts } from '../../api/drafts';
import type { TestedState } from '../../api/schema';
import { Field } from '../../components/Field';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { textOf } from '../../state/equivalents';
import { type Stand, TestForm } from './TestForm';
import { Trace } from './Trace';

interface Props {
  step: string;
  /** Whether something can stand in for what the state does. */
  hasWork: boolean;
  text: string;
  sample: string;
}

/** Runs one state with the sample, and shows what became of the data on its way. */
export function TestStep({ step, hasWork, text, sample }: Props) {
  const [tested, setTested] = useState<TestedState | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const test = async (asked: object) => {
    setBusy(true);
    setTested(null);
    setError(null);
    const request = { definition: text, stateName: step, input: sample, inspectionLevel: 'DEBUG', ...asked };
    await drafts.testState(request).then(setTested, setError);
    setBusy(false);
  };
  return (
    <div className="test">
      <TestForm
        step={step}
        isBusy={isBusy}
        stands={hasWork ? ['none', 'result', 'error'] : ['none']}
        error="States.TaskFailed"
        onTest={(fields, stand) => void test(asked(fields, stand))}
      >
        <Field label={t('studio.variables')} isOptional>
          <textarea name="variables" className="mono" rows={2} placeholder="{}" spellCheck={false} />
        </Field>
      </TestForm>
      <div className="trace" aria-live="polite">
        {error !== null && <Problem error={error} />}
        {tested && <Trace tested={tested} />}
      </div>
    </div>
  );
}

function asked(fields: FormData, stand: Stand): object {
  const variables = textOf(fields, 'variables').trim();
  const result = { result: textOf(fields, 'result') };
  const failure = { errorOutput: { error: textOf(fields, 'error'), cause: '' } };
  return {
    ...(variables !== '' && { variables }),
    ...(stand !== 'none' && { mock: stand === 'result' ? result : failure }),
  };
}
