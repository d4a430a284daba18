import { t } from '../i18n/text';

export type InputAs = 'form' | 'json';

/** Whether an input is filled in as a form, or written as JSON: both are the same. */
export function FormOrJson({ as, onChange }: { as: InputAs; onChange: (as: InputAs) => void }) {
  return (
    <div className="segments" role="group" aria-label={t('runs.inputAs')}>
      {(['form', 'json'] as const).map((one) => (
        <button key={one} type="button" aria-pressed={as === one} onClick={() => onChange(one)}>{t(`runs.as_${one}`)}</button>
      ))}
    </div>
  );
}
