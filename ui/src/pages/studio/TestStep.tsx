import { useState } from 'react';
import { drafts } from '../../api/drafts';
import type { DraftView, TestedState } from '../../api/schema';
import { Command } from '../../components/Command';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { TestForm } from './TestForm';
import { Trace } from './Trace';

interface Props {
  step: string | null;
  draft: DraftView;
  text: string;
  sample: string;
}

/** Runs one state with the sample, and shows what became of the data on its way. */
export function TestStep({ step, draft, text, sample }: Props) {
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
      <TestForm step={step} isBusy={isBusy} onTest={(asked) => void test(asked)} />
      <div className="trace" aria-live="polite">
        {error !== null && <Problem error={error} />}
        {tested && <Trace tested={tested} />}
      </div>
    </div>
  );
}
