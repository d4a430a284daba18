import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { operate } from '../api/operate';
import { t } from '../i18n/text';
import { commandsOf } from '../state/commands';
import { textOf } from '../state/equivalents';
import { Ask } from './Ask';
import { Field } from './Field';

/** Asks why failures need nobody, and dismisses them. */
export function DismissDialog({ ids, onClose, children }: { ids: readonly string[]; onClose: () => void; children?: ReactNode }) {
  const queries = useQueryClient();
  const orderOf = (fields: FormData) => {
    const reason = textOf(fields, 'reason');
    return { runs: [...ids], ...(reason && { reason }) };
  };
  const act = async (fields: FormData) => {
    await operate.dismiss(orderOf(fields));
    await Promise.all(['overview', 'dismissals', 'runs'].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  };
  return (
    <Ask
      title={t('bulk.dismissTitle', { n: ids.length })}
      verb={t('bulk.dismissVerb')}
      act={act}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'POST', path: '/dismissals', body: orderOf(fields) })}
    >
      {children}
      <p>{t('bulk.dismissHint')}</p>
      <Field label={t('common.reason')} isOptional>
        <input name="reason" maxLength={1_024} autoComplete="off" />
      </Field>
    </Ask>
  );
}
