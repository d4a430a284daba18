import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at } from '../../api/client';
import { pipelines } from '../../api/pipelines';
import type { BackfillState, BackfillView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { ActButton } from '../../components/ActButton';
import { Ask } from '../../components/Ask';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';

export const BACKFILL_STATUS: Record<BackfillState, StepStatus> = {
  running: 'running',
  paused: 'blocked',
  cancelled: 'aborted',
  finished: 'succeeded',
};

/** Tells what became of the ticks of a backfill. */
export function runsOf({ counts, active }: BackfillView): string {
  const told = [
    t('backfills.countWell', { n: counts.success }),
    counts.failed > 0 && t('backfills.countFailed', { n: counts.failed }),
    counts.left > 0 && t('backfills.countLeft', { n: counts.left }),
    counts.refused > 0 && t('backfills.countRefused', { n: counts.refused }),
    active.length > 0 && t('backfills.countActive', { n: active.length }),
  ];
  return told.filter(Boolean).join(', ');
}

/** Lets a backfill rest, go on, or be given up, unless it is over. */
export function ChangeBackfill({ name, backfill }: { name: string; backfill: BackfillView }) {
  const queries = useQueryClient();
  const [isCancelling, setCancelling] = useState(false);
  const { state, id } = backfill;
  if (state !== 'running' && state !== 'paused') return null;
  const change = async (how: 'pause' | 'resume' | 'cancel') => {
    await pipelines.changeBackfill(name, id, how);
    await queries.invalidateQueries({ queryKey: ['pipeline', name] });
  };
  return (
    <>
      <ActButton act={() => change(state === 'running' ? 'pause' : 'resume')}>
        {state === 'running' ? t('common.pause') : t('common.resume')}
      </ActButton>{' '}
      <button type="button" className="small" onClick={() => setCancelling(true)}>
        {t('backfills.cancel')}
      </button>
      {isCancelling && (
        <Ask
          title={t('backfills.cancelTitle')}
          verb={t('backfills.cancelIt')}
          act={() => change('cancel')}
          onClose={() => setCancelling(false)}
          as={() => commandsOf({ method: 'POST', path: at`/pipelines/${name}/backfills/${id}/cancel` })}
        >
          <p>{t('backfills.cancelHint', { left: backfill.total - backfill.done, n: backfill.total })}</p>
        </Ask>
      )}
    </>
  );
}
