import { useState } from 'react';
import type { JobSubject } from '../../api/jobs';
import type { ChosenRuns, JobAction } from '../../api/schema';
import { ConfirmBulk } from '../../components/ConfirmBulk';
import { t } from '../../i18n/text';
import { useKeys } from '../../state/keys';
import type { Marks } from '../../state/marks';
import { JOB_ACTIONS } from '../../state/jobs';

interface Props {
  marks: Marks;
  /** All runs that the list is about, whether they are shown or not. */
  chosen: ChosenRuns;
}

/** What can be done with the runs that are marked, or with all that the list is about. */
export function BulkBar({ marks, chosen }: Props) {
  const [isAll, setAll] = useState(false);
  const [action, setAction] = useState<JobAction | null>(null);
  const leave = () => {
    setAll(false);
    marks.all(false);
  };
  useKeys({ Escape: leave, s: () => setAction('stop'), r: () => setAction('redrive') });
  const subject: JobSubject = isAll ? { runs: chosen } : { ids: [...marks.keys] };
  return (
    <section className="bulk" aria-label={t('bulk.marked')}>
      <p role="status">{isAll ? t('bulk.allMatching') : t('bulk.selected', { n: marks.keys.size })}</p>
      {!isAll && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          {t('bulk.selectAll')}
        </button>
      )}
      <div className="actions">
        {JOB_ACTIONS.map((one) => (
          <button key={one} type="button" onClick={() => setAction(one)}>
            {t(`bulk.${one}`)}
          </button>
        ))}
      </div>
      <button type="button" className="quiet" onClick={leave}>
        {t('bulk.leave')}
      </button>
      {action && <ConfirmBulk action={action} subject={subject} onClose={() => setAction(null)} />}
    </section>
  );
}
