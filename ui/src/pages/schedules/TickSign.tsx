import type { PipelineTick, Reason, TickState } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Status } from '../../components/Glyph';

const STATUS: Record<TickState, StepStatus> = {
  run: 'succeeded',
  skipped: 'skipped',
  buffered: 'queued',
  dropped: 'aborted',
  coalesced: 'caught',
  failed: 'failed',
};

const WORD: Record<TickState, string> = {
  run: 'Started',
  skipped: 'Skipped',
  buffered: 'Waits',
  dropped: 'Dropped',
  coalesced: 'Merged',
  failed: 'Failed',
};

const WHY: Record<Reason, string> = {
  overlap: 'another run was under way',
  paused: 'the schedule was paused',
  calendar: 'the calendar closes the day',
  misfire: 'it came too late',
  limit: 'the schedule made as many runs as it may',
  filtered: 'its condition did not hold',
};

/** What became of a tick. */
export function TickSign({ tick }: { tick: PipelineTick }) {
  return <Status status={STATUS[tick.state]} word={WORD[tick.state]} />;
}

/** Returns why a tick did not run, in words. */
export function whyNot({ state, reason, detail }: PipelineTick): string {
  const general: Partial<Record<TickState, string>> = {
    buffered: 'it waits for the end of another run',
    dropped: 'too many ticks were waiting already',
    coalesced: 'another tick runs for it',
    failed: 'its run could not be started',
  };
  return [reason ? WHY[reason] : general[state], detail].filter(Boolean).join(': ');
}
