import { useRef, useSyncExternalStore } from 'react';
import type { Linking } from './linking';

/** The way that is being drawn. */
export function LinkLayer({ linking }: { linking: Linking }) {
  const svg = useRef<SVGSVGElement>(null);
  const drawn = useSyncExternalStore(linking.subscribe, () => linking.drawn);
  const { left = 0, top = 0 } = svg.current?.getBoundingClientRect() ?? {};
  return (
    <svg className="link-layer" ref={svg} aria-hidden="true">
      {drawn && (
        <g transform={`translate(${-left} ${-top})`}>
          {drawn.box && <rect x={drawn.box.x - 3} y={drawn.box.y - 3} width={drawn.box.width + 6} height={drawn.box.height + 6} rx={7} />}
          <path d={`M${drawn.from.x},${drawn.from.y}L${drawn.to.x},${drawn.to.y}`} />
          <circle cx={drawn.to.x} cy={drawn.to.y} r={4} />
        </g>
      )}
    </svg>
  );
}
