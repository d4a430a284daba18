import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { at } from '../../api/client';
import { operate } from '../../api/operate';
import type { ScheduleView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { isOfPipeline } from '../../state/arn';
import { deleteAs } from '../../state/equivalents';
import { PauseDialog, ResumeDialog } from './RestDialogs';

const ScheduleForm = lazy(() => import('./ScheduleForm').then(({ ScheduleForm }) => ({ default: ScheduleForm })));

/** What can be done with one schedule; those of pipelines stand in their texts. */
export function ScheduleActions({ schedule }: { schedule: ScheduleView }) {
  const [dialog, setDialog] = useState<'rest' | 'edit' | 'delete' | null>(null);
  // One that is kept, and closes when all has been read again, closes no other that was opened meanwhile.
  const close = (closed: typeof dialog) => () => setDialog((open) => (open === closed ? null : open));
  const { arn, workflow, state } = schedule;
  const isPaused = state === 'paused';
  const Rest = isPaused ? ResumeDialog : PauseDialog;
  return (
    <div className="actions">
      <button type="button" onClick={() => setDialog('rest')}>
        {t(isPaused ? 'common.resumeAsk' : 'common.pauseAsk')}
      </button>
      {!isOfPipeline(workflow) && (
        <>
          <button type="button" onClick={() => setDialog('edit')}>
            {t('calendar.change')}
          </button>
          <button type="button" onClick={() => setDialog('delete')}>
            {t('calendar.delete')}
          </button>
        </>
      )}
      {dialog === 'rest' && <Rest ids={[arn]} onClose={close('rest')} />}
      {dialog === 'edit' && <EditDialog arn={arn} onClose={close('edit')} />}
      {dialog === 'delete' && <DeleteDialog schedule={schedule} onClose={close('delete')} />}
    </div>
  );
}

function EditDialog({ arn, onClose }: { arn: string; onClose: () => void }) {
  const found = useQuery({ queryKey: ['schedule', arn], queryFn: () => operate.schedule(arn), staleTime: 0 });
  if (found.isError) return <Problem error={found.error} />;
  // What was read before may have been changed since.
  if (!found.data || found.isFetching) return null;
  return (
    <Suspense>
      <ScheduleForm schedule={found.data} onClose={onClose} />
    </Suspense>
  );
}

function DeleteDialog({ schedule: { arn, id }, onClose }: { schedule: ScheduleView; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = async () => {
    await operate.deleteSchedule(arn);
    await queries.invalidateQueries();
  };
  return (
    <Ask
      title={t('calendar.deleteTitle', { name: id })}
      verb={t('calendar.deleteVerb')}
      needs="author"
      act={remove}
      onClose={onClose}
      as={() => deleteAs(at`/schedules/${arn}`)}
    >
      <p>{t('calendar.deleteHint')}</p>
    </Ask>
  );
}
