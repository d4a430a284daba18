import { memo, type PointerEvent, useSyncExternalStore } from 'react';
import type { Layout } from './layout';
import type { View } from './view';

/** Most that a map takes of the pane, in pixels. */
const MOST = { width: 150, height: 110 };
/** The least that it takes each way. */
const LEAST = 32;

/** The whole graph in a corner, and which part of it is seen; pressing it goes there. It is left out while all is seen. */
export function MiniMap({ view, placed }: { view: View; placed: Layout }) {
  useSyncExternalStore(view.subscribe, () => [view.x, view.y, view.zoom, view.width, view.height].join());
  const { width, height, boxes } = placed;
  const [x, y] = [-view.x / view.zoom, -view.y / view.zoom];
  const [w, h] = [view.width / view.zoom, view.height / view.zoom];
  if (view.width === 0 || (x <= 0 && y <= 0 && x + w >= width && y + h >= height)) return null;
  const scale = Math.min(MOST.width / width, MOST.height / height);
  // A long chain is a line: the map has room beside it, so that it is seen and can be pressed.
  const besides = Math.max(0, LEAST / scale - width) / 2;
  const above = Math.max(0, LEAST / scale - height) / 2;
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { left, top } = event.currentTarget.getBoundingClientRect();
    view.centre({ x: (event.clientX - left) / scale - besides, y: (event.clientY - top) / scale - above });
  };
  return (
    <svg
      className="minimap"
      data-drag=""
      aria-hidden="true"
      width={(width + 2 * besides) * scale}
      height={(height + 2 * above) * scale}
      viewBox={`${-besides} ${-above} ${width + 2 * besides} ${height + 2 * above}`}
      onPointerDown={go}
      onPointerMove={go}
    >
      <Steps boxes={boxes} />
      <rect className="seen" x={x} y={y} width={w} height={h} />
    </svg>
  );
}

/** They stay while what is seen of them moves. */
const Steps = memo(function Steps({ boxes }: Pick<Layout, 'boxes'>) {
  return <path d={[...boxes.values()].map(({ x, y, w, h }) => `M${x},${y}h${w}v${h}h${-w}z`).join('')} />;
});
