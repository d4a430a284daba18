import { memo } from 'react';
import { t } from '../i18n/text';
import { useStep } from '../state/useStep';
import type { WayProps } from './Canvas';
import { path, type Point } from './layout';

/** A way between two steps. Ways of `Catch` are drawn if they were taken or an end is selected. */
export const StepEdge = memo(function StepEdge({ edge, way, store, isNear, layer }: WayProps) {
  const from = useStep(store, edge.from);
  const isCatch = edge.kind === 'catch';
  const hasFollowed = from?.followers?.includes(edge.to) ?? false;
  const isTaken = hasFollowed && (!isCatch || 'caught' in (from?.counts ?? {}));
  if (isCatch && !isTaken && !isNear) return null;
  const names = ['way', isTaken ? 'taken' : '', isCatch ? 'catch' : '', isNear ? 'near' : ''];
  return (
    <>
      <svg className="ways" style={{ zIndex: layer }}>
        <path className={names.filter(Boolean).join(' ')} d={path(way)} />
        <path className={isTaken ? 'tip taken' : 'tip'} d={tip(way)} />
      </svg>
      <BackSign way={way} />
      {edge.label && (isNear || isTaken || edge.kind === 'default') && <WayLabel way={way} text={edge.label} isTaken={isTaken} />}
    </>
  );
});

/** At the first turn of a way that leads back up: where it goes is told by its arrow alone, and that is far away. */
export function BackSign({ way }: { way: Point[] }) {
  const [start, turn, end] = [way[0], way[1], way.at(-1)];
  if (!start || !turn || !end || end.y > start.y) return null;
  return (
    <span className="way-back" title={t('graph.back')} style={{ transform: `translate(${turn.x}px, ${turn.y}px) translate(-50%, -50%)` }}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d="M3 5.5A4.5 4.5 0 1 1 2.6 8.5M3 2v3.5h3.5" />
      </svg>
    </span>
  );
}

/** Labels stand near the target, where ways have parted, on the side that theirs leaves free. */
export function WayLabel({ way, text, isTaken = false }: { way: Point[]; text: string; isTaken?: boolean }) {
  const { x, y } = way.at(-1) ?? { x: 0, y: 0 };
  // The middle of one with a single bend is where a button stands in Studio.
  const isFromRight = way.length === 4 && way[1]!.x > x && way[2]!.x === x;
  const [beside, by] = isFromRight ? [x - 6, '-100%'] : [x + 6, '0'];
  return (
    <div className={isTaken ? 'way-label taken' : 'way-label'} style={{ transform: `translate(${beside}px, ${y}px) translate(${by}, calc(-100% - 3px))` }}>
      {text}
    </div>
  );
}

/** An arrow at the end of a way, in the direction of its last piece. */
export function tip(way: Point[]): string {
  const [before, end] = [way.at(-2), way.at(-1)];
  if (!before || !end) return '';
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const back = { x: end.x - dx * 6, y: end.y - dy * 6 };
  return `M${end.x},${end.y}L${back.x - dy * 3.2},${back.y + dx * 3.2}L${back.x + dy * 3.2},${back.y - dx * 3.2}Z`;
}
