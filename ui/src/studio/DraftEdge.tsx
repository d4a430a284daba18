import { memo, use } from 'react';
import type { WayProps } from '../graph/Canvas';
import { BackSign, tip, WayLabel } from '../graph/edge';
import { path, type Point } from '../graph/layout';
import { t } from '../i18n/text';
import { DeskContext } from './desk';

/** A way between two steps of a draft, with a button that puts another one in between, and an end that can be moved. */
export const DraftEdge = memo(function DraftEdge({ edge, way, isNear, layer }: WayProps) {
  const { handles, linking } = use(DeskContext);
  const { from, to, kind } = edge;
  const names = ['way', kind === 'catch' ? 'catch' : '', isNear ? 'near' : ''];
  const [at, end] = [middle(way), way.at(-1) ?? { x: 0, y: 0 }];
  return (
    <>
      <svg className="ways" style={{ zIndex: layer }}>
        <path className={names.filter(Boolean).join(' ')} d={path(way)} />
        <path className="tip" d={tip(way)} />
      </svg>
      <BackSign way={way} />
      {edge.label && (isNear || kind === 'default') && <WayLabel way={way} text={edge.label} />}
      {handles && (
        <button
          type="button"
          className="way-add"
          data-from={from}
          data-to={to}
          data-kind={kind}
          aria-label={t('studio.addBetween', { from, to })}
          style={centredAt(at)}
          onClick={() => handles.insert({ from, to, kind })}
        >
          +
        </button>
      )}
      {handles && isNear && (
        <span
          className="way-end"
          data-drag=""
          title={t('studio.moveEnd')}
          style={centredAt(end)}
          onPointerDown={(event) =>
            linking.begin(event, handles.others(from), (step) => step !== null && handles.connect({ from, to, kind }, step))
          }
        />
      )}
    </>
  );
});

const centredAt = ({ x, y }: Point) => ({ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` });

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
