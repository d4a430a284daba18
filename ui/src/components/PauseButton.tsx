import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelines } from '../api/pipelines';
import { t } from '../i18n/text';
import { pauseAs, resumeAs, textOf } from '../state/equivalents';
import { Ask } from './Ask';
import { Field } from './Field';

/** Lets a pipeline rest, or go on. All that starts it rests with it. */
export function PauseButton({ name, isPaused }: { name: string; isPaused: boolean }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const act = async (fields: FormData) => {
    if (isPaused) await pipelines.resume(name, fields.get('catchUp') === 'on');
    else await pipelines.pause(name, textOf(fields, 'reason'));
    await queries.invalidateQueries();
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {isPaused ? t('common.resumeAsk') : t('common.pauseAsk')}
      </button>
      {isAsking && (
        <Ask
          title={isPaused ? t('common.resumeTitle', { name }) : t('common.pauseTitle', { name })}
          verb={isPaused ? t('common.resume') : t('common.pause')}
          act={act}
          onClose={() => setAsking(false)}
          as={(fields) => (isPaused ? resumeAs(name, fields.get('catchUp') === 'on') : pauseAs(name, textOf(fields, 'reason')))}
        >
          {isPaused ? (
            <label className="check">
              <input type="checkbox" name="catchUp" /> {t('common.catchUp')}
            </label>
          ) : (
            <>
              <p>{t('common.pauseHint')}</p>
              <Field label={t('common.reason')} isOptional>
                <input name="reason" maxLength={512} autoComplete="off" />
              </Field>
            </>
          )}
        </Ask>
      )}
    </>
  );
}
