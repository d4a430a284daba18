import type { Step } from '../../../api/types';
import { t } from '../../../i18n/text';
import { duration } from '../../../state/format';
import { HUE } from '../../../state/status';
import type { Piece } from '../../../state/pieces';
import type { Stretch, Timescale } from '../../../state/timescale';

interface Props {
  step: Step;
  stretch: Stretch;
  scale: Timescale;
  /** When the run began. */
  began: number;
  /** What it did when, if that is known. */
  pieces: readonly Piece[] | undefined;
  /** Half of the earlier runs took no longer for it, in milliseconds. */
  usualMs: number | undefined;
}

/** When a step was there, and how long it usually takes. */
export function Bar({ step, stretch, pieces, scale, began, usualMs }: Props) {
  const open = step.left === undefined ? 'open' : '';
  const shown = (pieces ?? [{ ...stretch, kind: 'attempt', status: step.status }]).map((piece) => ({ ...piece, to: Math.min(piece.to, stretch.to) }));
  const values = { step: step.state, after: duration(stretch.from - began), took: duration(stretch.to - stretch.from) };
  const about = usualMs === undefined ? t('timeline.bar', values) : t('timeline.barUsual', { ...values, usual: duration(usualMs) });
  const usualAt = stretch.from + (usualMs ?? 0);
  const isUsualSeen = usualMs !== undefined && scale.sees({ from: usualAt, to: usualAt });
  return (
    <span className="timeline-row" role="img" aria-label={about} title={about}>
      {scale.folds.map(({ at, takes }) => (
        <i key={at} className="timeline-fold" style={{ left: `${at}%`, width: `${takes}%` }} />
      ))}
      {shown.map(({ kind, status, from, to }, at) => scale.sees({ from, to }) && (
        <i
          key={at}
          className={`timeline-bar ${kind} ${at === shown.length - 1 ? open : ''}`}
          style={
            {
              left: `min(${scale.at(from)}%, 100% - 3px)`,
              width: `${scale.at(to) - scale.at(from)}%`,
              '--hue': `var(--st-${HUE[status]})`,
            } as React.CSSProperties
          }
        />
      ))}
      {isUsualSeen && <i className="timeline-usual" style={{ left: `min(${scale.at(usualAt)}%, 100% - 2px)` }} />}
    </span>
  );
}
