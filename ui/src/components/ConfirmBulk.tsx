import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { jobs, type JobSubject } from '../api/jobs';
import type { JobAction } from '../api/schema';
import { t } from '../i18n/text';
import { commandsOf } from '../state/commands';
import { textOf } from '../state/equivalents';
import { queryText } from '../state/jobs';
import { runName, workflowName } from '../state/arn';
import { Answer } from './Answer';
import { Ask } from './Ask';
import { Field } from './Field';
import '../styles/bulk.css';

/** Runs that are named before something is done with them. */
const SHOWN = 5;

interface Props {
  action: JobAction;
  subject: JobSubject;
  onClose: () => void;
}

/** Shows with exactly which runs something is to be done, and how many they are, before it is done. */
export function ConfirmBulk({ action, subject, onClose }: Props) {
  const navigate = useNavigate();
  // Each dialog counts anew: what was counted before may be wrong by now.
  const plan = useQuery({
    queryKey: ['plan', action, subject],
    queryFn: () => jobs.plan({ action, ...subject }),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const n = plan.data?.total ?? 0;
  const orderOf = (fields: FormData) => {
    const reason = textOf(fields, 'reason');
    return { action, ...subject, expected: n, ...(reason && { reason }) };
  };
  const act = async (fields: FormData) => {
    try {
      const { id } = await jobs.create(orderOf(fields));
      await navigate({ to: '/jobs/$id', params: { id } });
    } catch (refused) {
      void plan.refetch();
      throw refused;
    }
  };
  return (
    <Ask
      title={t(`bulk.${action}Title`)}
      verb={t(`bulk.${action}Verb`, { n })}
      act={act}
      onClose={onClose}
      isReady={n > 0}
      as={(fields) => commandsOf({ method: 'POST', path: '/jobs', body: orderOf(fields) })}
    >
      <p>{t(`bulk.${action}Hint`)}</p>
      {'runs' in subject && <p className="query-told mono">{queryText(subject.runs) || t('bulk.allRuns')}</p>}
      <Answer of={plan} what={t('bulk.theRuns')}>
        {({ total, ids }) => (
          <section aria-label={t('bulk.theseRuns')}>
            <p role="status">
              <b>{t('bulk.count', { n: total })}</b>
            </p>
            <ul className="plain-list hint">
              {ids.slice(0, SHOWN).map((id) => (
                <li key={id} className="cut">
                  {workflowName(id)} <span className="mono">{runName(id)}</span>
                </li>
              ))}
              {total > SHOWN && <li>{t('bulk.andMore', { n: total - SHOWN })}</li>}
            </ul>
          </section>
        )}
      </Answer>
      <Field label={t('common.reason')} isOptional>
        <input name="reason" maxLength={512} autoComplete="off" />
      </Field>
    </Ask>
  );
}
