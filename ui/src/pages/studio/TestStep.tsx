import { useState } from 'react';
import { drafts } from '../../api/drafts';
import type { DraftView, TestedState } from '../../api/schema';
import { Command } from '../../components/Command';
import { Field } from '../../components/Field';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';

interface Props {
  step: string | null;
  draft: DraftView;
  text: string;
  sample: string;
}

type Mock = 'none' | 'result' | 'error';

/** The way of the data through a state, in the order in which it is taken. */
const STAGES = [
  'input', 'afterInputPath', 'afterParameters', 'afterArguments', 'afterItemsPath', 'afterItemSelector', 'result', 'afterResultSelector',
  'afterResultPath', 'variables',
] as const;

/** Runs one state with the sample, and shows what became of the data on its way. */
export function TestStep({ step, draft, text, sample }: Props) {
  const [mock, setMock] = useState<Mock>('none');
  const [tested, setTested] = useState<TestedState | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  if (draft.kind === 'PIPELINE') {
    return (
      <div className="drawer-hint">
        <p className="hint">{t('studio.testPipeline')}</p>
        <Command text="compasso test FILE.pipeline.yaml" />
      </div>
    );
  }
  if (step === null) return <p className="hint drawer-hint">{t('studio.testNone')}</p>;
  const test = async (fields: FormData) => {
    setError(null);
    setBusy(true);
    try {
      const request = { definition: text, stateName: step, input: sample, inspectionLevel: 'DEBUG', ...asked(fields, mock) };
      setTested(await drafts.testState(request));
    } catch (refused) {
      setTested(null);
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="test">
      <form className="test-form" onSubmit={(event) => { event.preventDefault(); void test(new FormData(event.currentTarget)); }}>
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
        <button type="submit" className="primary" disabled={isBusy}>{t(isBusy ? 'studio.testing' : 'studio.testNow', { name: step })}</button>
      </form>
      <div className="trace" aria-live="polite">
        {error !== null && <Problem error={error} />}
        {tested && <Trace tested={tested} />}
      </div>
    </div>
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

function Trace({ tested }: { tested: TestedState }) {
  const { status, error, cause, nextState, output, inspectionData = {} } = tested;
  return (
    <>
      <p className="facts">
        <b>{status}</b>
        {nextState !== undefined && <span>{t('studio.nextState', { name: nextState })}</span>}
        {error !== undefined && <span className="problem-code">{error}</span>}
        {cause !== undefined && <span>{cause}</span>}
      </p>
      {STAGES.map((stage) => {
        const seen = inspectionData[stage];
        return typeof seen === 'string' && <JsonView key={stage} title={t(`studio.${stage}`)} text={seen} />;
      })}
      {output !== undefined && <JsonView title={t('studio.output')} text={output} />}
    </>
  );
}
