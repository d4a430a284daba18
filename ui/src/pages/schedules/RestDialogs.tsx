import { useQueryClient } from '@tanstack/react-query';
import { operate } from '../../api/operate';
import type { RestedSchedules } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { readWall } from '../../state/wall';

interface Props {
  /** The ARNs of schedules. */
  ids: readonly string[];
  onClose: () => void;
}

/** Lets schedules rest, until somebody resumes them or for a time. */
export function PauseDialog({ ids, onClose }: Props) {
  const queries = useQueryClient();
  const whyOf = (fields: FormData) => {
    const [reason, until] = [textOf(fields, 'reason'), readWall(textOf(fields, 'until') ?? '')];
    return { ...(reason && { reason }), ...(until && { until: until.toISOString() }) };
  };
  const pause = async (fields: FormData) => {
    demandAll(await operate.pauseSchedules(ids, whyOf(fields)));
    await queries.invalidateQueries();
  };
  return (
    <Ask
      title={t('calendar.pauseTitle', { n: ids.length })}
      verb={t('common.pause')}
      act={pause}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'POST', path: '/schedules/pause', body: { ids, ...whyOf(fields) } })}
    >
      <p>{t('calendar.pauseHint')}</p>
      <Field label={t('common.reason')} isOptional>
        <input name="reason" maxLength={512} autoComplete="off" />
      </Field>
      <Field label={t('calendar.resumeAt')} isOptional hint={t('calendar.resumeAtHint')}>
        <input name="until" type="datetime-local" />
      </Field>
    </Ask>
  );
}

/** Lets schedules go on. */
export function ResumeDialog({ ids, onClose }: Props) {
  const queries = useQueryClient();
  const catchesUp = (fields: FormData) => fields.get('catchUp') === 'on';
  const resume = async (fields: FormData) => {
    demandAll(await operate.resumeSchedules(ids, catchesUp(fields)));
    await queries.invalidateQueries();
  };
  return (
    <Ask
      title={t('calendar.resumeTitle', { n: ids.length })}
      verb={t('common.resume')}
      act={resume}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'POST', path: '/schedules/resume', body: { ids, catchUp: catchesUp(fields) } })}
    >
      <label className="check">
        <input type="checkbox" name="catchUp" /> {t('common.catchUp')}
      </label>
    </Ask>
  );
}

/** What is refused of a single one is told, while the others are done. */
function demandAll({ items }: RestedSchedules): void {
  const refused = items.flatMap(({ refused }) => (refused === undefined ? [] : [refused]));
  if (refused.length > 0) throw new Error(refused.join('\n'));
}
