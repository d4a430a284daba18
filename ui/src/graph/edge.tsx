import { EdgeLabelRenderer } from '@xyflow/react';
import { memo } from 'react';
import type { StepStore } from '../state/stepStore';
import { useStep } from '../state/useStep';
import type { GraphEdge } from './compile';
import { path, type Point } from './layout';

interface Data {
  edge: GraphEdge;
  way: Point[];
  store: StepStore;
  /** One of its ends is selected. */
  isNear: boolean;
}

/** A way between two steps. Ways of `Catch` are drawn if they were taken or an end is selected. */
export const StepEdge = memo(function StepEdge({ data }: { data: Data }) {
  const { edge, way, store, isNear } = data;
  const from = useStep(store, edge.from);
  const isCatch = edge.kind === 'catch';
  const hasFollowed = from?.followers?.includes(edge.to) ?? false;
  const isTaken = hasFollowed && (!isCatch || 'caught' in (from?.counts ?? {}));
  if (isCatch && !isTaken && !isNear) return null;
  const names = ['way', isTaken ? 'taken' : '', isCatch ? 'catch' : '', isNear ? 'near' : ''];
  const at = labelPoint(way);
  return (
    <>
      <path className={names.filter(Boolean).join(' ')} d={path(way)} />
      <path className={isTaken ? 'tip taken' : 'tip'} d={tip(way)} />
      {edge.label && (isNear || isTaken || edge.kind === 'default') && (
        <EdgeLabelRenderer>
          <div
            className={isTaken ? 'way-label taken' : 'way-label'}
            style={{ transform: `translate(${at.x + 6}px, ${at.y}px) translateY(-100%)` }}
          >
            {edge.label}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** Labels stand near the target, where ways have parted. */
function labelPoint(way: Point[]): Point {
  return way.at(-1) ?? { x: 0, y: 0 };
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
