import { useQueryClient } from '@tanstack/react-query';
import { operate } from '../api/operate';
import type { DismissFailures } from '../api/schema';
import { t } from '../i18n/text';
import { commandsOf } from '../state/commands';
import { textOf } from '../state/equivalents';
import { Ask } from './Ask';
import { Field } from './Field';

interface Props {
  of: DismissFailures;
  count: number;
  /** Whether there may be more than were counted. */
  isAtLeast?: boolean;
  onClose: () => void;
}

/** Asks why failures need nobody, and dismisses them. */
export function DismissDialog({ of, count, isAtLeast = false, onClose }: Props) {
  const queries = useQueryClient();
  const orderOf = (fields: FormData) => {
    const reason = textOf(fields, 'reason');
    return { ...of, ...(reason && { reason }) };
  };
  const act = async (fields: FormData) => {
    await operate.dismiss(orderOf(fields));
    await Promise.all(['overview', 'dismissals', 'runs'].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  };
  return (
    <Ask
      title={titleOf(count, isAtLeast)}
      verb={t('bulk.dismissVerb')}
      act={act}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'POST', path: '/dismissals', body: orderOf(fields) })}
    >
      <p>{t('bulk.dismissHint')}</p>
      <Field label={t('common.reason')} isOptional>
        <input name="reason" maxLength={1_024} autoComplete="off" />
      </Field>
    </Ask>
  );
}

function titleOf(count: number, isAtLeast: boolean): string {
  if (!isAtLeast) return t('bulk.dismissTitle', { n: count });
  return count > 0 ? t('bulk.dismissAtLeast', { n: count }) : t('bulk.dismissUncounted');
}
