import type { RunItem } from '../api/schema';
import { t } from '../i18n/text';
import { between, duration, instant } from '../state/format';
import { isOver, ofRun, wordOf } from '../state/status';

/** Runs of a strip. */
const SHOWN = 30;

/** Tells in a few words how a run went. */
export function outcomeOf({ status, name, started, stopped }: Outcome): string {
  const values = { status: wordOf(ofRun(status)), name, started: instant(started) };
  if (!isOver(status)) return t('common.outcome', values);
  return t('common.outcomeTook', { ...values, took: duration(between(started, stopped, 0)) });
}

type Outcome = Pick<RunItem, 'status' | 'name' | 'started' | 'stopped'>;

/** The latest runs of a workflow as a strip of cells, the newest right; those that failed stand out by their height. */
export function Outcomes({ latest }: { latest: readonly RunItem[] }) {
  const shown = latest.slice(0, SHOWN);
  const failed = shown.filter(({ status }) => status === 'FAILED' || status === 'TIMED_OUT').length;
  return (
    <span className="outcomes" role="img" aria-label={t('common.outcomes', { n: shown.length, failed })}>
      {shown.toReversed().map((run) => (
        <i key={run.id} className={`cell-${ofRun(run.status)}`} title={outcomeOf(run)} />
      ))}
    </span>
  );
}
