import { useState } from 'react';
import { t } from '../../i18n/text';
import { useKeys } from '../../state/keys';
import type { Marks } from '../../state/marks';
import { PauseDialog, ResumeDialog } from './RestDialogs';
import '../../styles/bulk.css';

/** What can be done with the schedules that are marked. */
export function RestBar({ marks, arnOf }: { marks: Marks; arnOf: (key: string) => string }) {
  const [dialog, setDialog] = useState<'pause' | 'resume' | null>(null);
  useKeys({ Escape: () => marks.all(false) });
  const ids = [...marks.keys].map(arnOf);
  const close = () => setDialog(null);
  return (
    <section className="bulk" aria-label={t('calendar.marked')}>
      <p role="status">{t('calendar.selected', { n: ids.length })}</p>
      <div className="actions">
        <button type="button" onClick={() => setDialog('pause')}>
          {t('common.pauseAsk')}
        </button>
        <button type="button" onClick={() => setDialog('resume')}>
          {t('common.resumeAsk')}
        </button>
      </div>
      <button type="button" className="quiet" onClick={() => marks.all(false)}>
        {t('calendar.leave')}
      </button>
      {dialog === 'pause' && <PauseDialog ids={ids} onClose={close} />}
      {dialog === 'resume' && <ResumeDialog ids={ids} onClose={close} />}
    </section>
  );
}
