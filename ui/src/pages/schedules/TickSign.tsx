import type { PipelineTick, TickState } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';

const STATUS: Record<TickState, StepStatus> = {
  run: 'succeeded',
  skipped: 'skipped',
  buffered: 'queued',
  dropped: 'aborted',
  coalesced: 'caught',
  failed: 'failed',
};


/** What became of a tick. */
export function TickSign({ tick }: { tick: PipelineTick }) {
  return <Status status={STATUS[tick.state]} word={t(`schedules.tick_${tick.state}`)} />;
}

/** Returns why a tick did not run, in words. */
export function whyNot({ state, reason, detail }: PipelineTick): string {
  const why = reason ? t(`schedules.why_${reason}`) : generally(state);
  return why && detail ? t('schedules.because', { why, detail }) : why || (detail ?? '');
}

/** What a state says of a tick where no reason was noted. */
function generally(state: TickState): string {
  return state === 'run' || state === 'skipped' ? '' : t(`schedules.why_${state}`);
}
