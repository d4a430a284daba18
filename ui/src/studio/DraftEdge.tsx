import { EdgeLabelRenderer } from '@xyflow/react';
import { memo, type RefObject } from 'react';
import type { GraphEdge } from '../graph/compile';
import { tip } from '../graph/edge';
import { path, type Point } from '../graph/layout';
import { t } from '../i18n/text';
import type { Spot } from './writing';

interface Data {
  edge: GraphEdge;
  way: Point[];
  isNear: boolean;
  /** Asks what to put in a place; not there where nothing can be. */
  insert?: RefObject<(spot: Spot) => void>;
}

/** A way between two steps of a draft, with a button that puts another one in between. */
export const DraftEdge = memo(function DraftEdge({ data }: { data: Data }) {
  const { edge, way, isNear, insert } = data;
  const isCatch = edge.kind === 'catch';
  const names = ['way', isCatch ? 'catch' : '', isNear ? 'near' : ''];
  const [at, end] = [middle(way), way.at(-1) ?? { x: 0, y: 0 }];
  const { from, to, kind } = edge;
  return (
    <>
      <path className={names.filter(Boolean).join(' ')} d={path(way)} />
      <path className="tip" d={tip(way)} />
      <EdgeLabelRenderer>
        {edge.label && (isNear || kind === 'default') && (
          <div className="way-label" style={{ transform: `translate(${end.x + 6}px, ${end.y}px) translateY(-100%)` }}>
            {edge.label}
          </div>
        )}
        {insert && (
          <button
            type="button"
            className="way-add nodrag nopan"
            aria-label={t('studio.addBetween', { from, to })}
            style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
            onClick={() => insert.current({ from, to, kind })}
          >
            +
          </button>
        )}
      </EdgeLabelRenderer>
    </>
  );
});

/** The point half way along. */
function middle(way: readonly Point[]): Point {
  const pieces = way.slice(1).map((point, at) => Math.hypot(point.x - way[at]!.x, point.y - way[at]!.y));
  let left = pieces.reduce((sum, length) => sum + length, 0) / 2;
  for (const [at, length] of pieces.entries()) {
    if (left <= length && length > 0) {
      const [a, b] = [way[at]!, way[at + 1]!];
      return { x: a.x + ((b.x - a.x) * left) / length, y: a.y + ((b.y - a.y) * left) / length };
    }
    left -= length;
  }
  return way[0] ?? { x: 0, y: 0 };
}
