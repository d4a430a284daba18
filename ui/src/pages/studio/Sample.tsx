import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { DraftView } from '../../api/schema';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { instant } from '../../state/format';
import { sampleOf } from '../../studio/useSample';

interface Props {
  draft: DraftView;
  sample: string;
  onSample: (text: string) => void;
}

/** The input to complete and to test with: written here, or that of a run. */
export function Sample({ draft: { of }, sample, onSample }: Props) {
  const runs = useQuery({ queryKey: ['runs of', of, 'samples'], queryFn: () => api.runs(of === undefined ? {} : { workflow: of }), enabled: of !== undefined });
  return (
    <div className="sample">
      <Field label={t('studio.sampleInput')} hint={mistakeIn(sample) ?? t('studio.sampleHint')}>
        <textarea className="mono" rows={6} value={sample} spellCheck={false} onChange={({ target }) => onSample(target.value)} />
      </Field>
      {runs.data && runs.data.items.length > 0 && (
        <Field label={t('studio.ofRun')}>
          <select value="" onChange={({ target }) => void sampleOf(target.value).then(onSample)}>
            <option value="" disabled>{t('common.choose')}</option>
            {runs.data.items.slice(0, 20).map(({ id, name, started }) => (
              <option key={id} value={id}>{name}, {instant(started)}</option>
            ))}
          </select>
        </Field>
      )}
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
