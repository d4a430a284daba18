import type { DraftView } from '../../api/schema';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { sampleOf, useRunsOf } from '../../studio/useSample';
import { RunChoice } from './RunChoice';

interface Props {
  draft: DraftView;
  sample: string;
  onSample: (text: string) => void;
}

/** The input to complete and to test with: written here, or that of a run. */
export function Sample({ draft: { of }, sample, onSample }: Props) {
  const runs = useRunsOf(of);
  return (
    <div className="sample">
      <Field label={t('studio.sampleInput')} hint={mistakeIn(sample) ?? t('studio.sampleHint')}>
        <textarea className="mono" rows={6} value={sample} spellCheck={false} onChange={({ target }) => onSample(target.value)} />
      </Field>
      <RunChoice label={t('studio.ofRun')} runs={runs} value="" onChoose={(run) => void sampleOf(run).then(onSample)} />
    </div>
  );
}

function mistakeIn(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
