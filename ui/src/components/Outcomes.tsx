import { Link } from '@tanstack/react-router';
import type { RunItem } from '../api/schema';
import { between, duration, instant } from '../state/format';
import { isOver, ofRun, WORD } from '../state/status';
import { Glyph } from './Glyph';

/** Runs of a strip: each can be hit by a finger. */
const SHOWN = 14;

/** The latest runs of a workflow as a strip, the newest right. */
export function Outcomes({ latest }: { latest: readonly RunItem[] }) {
  return (
    <span className="outcomes">
      {latest.slice(0, SHOWN).toReversed().map((run) => {
        const word = WORD[ofRun(run.status)];
        const took = isOver(run.status) ? duration(between(run.started, run.stopped, 0)) : '';
        const about = `${word} ${run.name}, ${instant(run.started)} ${took}`;
        return (
          <Link key={run.id} to="/runs/$id" params={{ id: run.id }} title={about} aria-label={about}>
            <Glyph status={ofRun(run.status)} size={14} />
          </Link>
        );
      })}
    </span>
  );
}
