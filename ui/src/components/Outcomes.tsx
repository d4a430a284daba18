import { Link } from '@tanstack/react-router';
import type { RunItem } from '../api/schema';
import { t } from '../i18n/text';
import { between, duration, instant } from '../state/format';
import { isOver, ofRun, wordOf } from '../state/status';
import { Glyph } from './Glyph';

/** Runs of a strip: each can be hit by a finger. */
const SHOWN = 14;

/** Tells in a few words how a run went. */
export function outcomeOf({ status, name, started, stopped }: Outcome): string {
  const values = { status: wordOf(ofRun(status)), name, started: instant(started) };
  if (!isOver(status)) return t('common.outcome', values);
  return t('common.outcomeTook', { ...values, took: duration(between(started, stopped, 0)) });
}

type Outcome = Pick<RunItem, 'status' | 'name' | 'started' | 'stopped'>;

/** The latest runs of a workflow as a strip, the newest right. */
export function Outcomes({ latest }: { latest: readonly RunItem[] }) {
  return (
    <span className="outcomes">
      {latest.slice(0, SHOWN).toReversed().map((run) => {
        const about = outcomeOf(run);
        return (
          <Link key={run.id} to="/runs/$id" params={{ id: run.id }} title={about} aria-label={about}>
            <Glyph status={ofRun(run.status)} size={14} />
          </Link>
        );
      })}
    </span>
  );
}
