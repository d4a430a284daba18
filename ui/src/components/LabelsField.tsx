import { type FormEvent, useId, useState } from 'react';
import { t } from '../i18n/text';
import { type Labels, labelsText, noLabelIn } from '../state/labels';

/** Where the labels of a run are written, one in each line: those of the run that it runs again at first. A form with one that is none is not sent. */
export function LabelsField({ labels }: { labels?: Labels | undefined }) {
  const id = useId();
  const [mistake, setMistake] = useState('');
  const check = ({ currentTarget }: FormEvent<HTMLTextAreaElement>) => {
    const wrong = noLabelIn(currentTarget.value);
    const told = wrong === undefined ? '' : t('common.noLabel', { text: wrong });
    currentTarget.setCustomValidity(told);
    setMistake(told);
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {t('common.labels')} <span className="hint">{t('common.optional')}</span>
      </label>
      <textarea
        id={id}
        name="labels"
        className="mono"
        rows={2}
        defaultValue={labelsText(labels)}
        spellCheck={false}
        aria-invalid={mistake !== ''}
        aria-describedby={`${id}-about`}
        onInput={check}
      />
      <span id={`${id}-about`} className={mistake === '' ? 'hint' : 'mistake'}>
        {mistake || t('common.labelsHint')}
      </span>
    </div>
  );
}
