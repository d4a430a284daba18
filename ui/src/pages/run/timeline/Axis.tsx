import { type PointerEvent, useRef, useState } from 'react';
import { t } from '../../../i18n/text';
import { duration, instant } from '../../../state/format';
import type { Stretch, Timescale } from '../../../state/timescale';

/** Who drags less selects nothing, in percents. */
const LEAST = 1;

interface Props {
  scale: Timescale;
  now: number;
  onZoom: (window: Stretch) => void;
}

/** What the bars are measured by. A window is selected by dragging over it. */
export function Axis({ scale, now, onZoom }: Props) {
  const axis = useRef<HTMLSpanElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const { from, to } = scale.window;
  const placeOf = ({ clientX }: PointerEvent) => {
    const { left, width } = axis.current!.getBoundingClientRect();
    return Math.max(0, Math.min(100, ((clientX - left) / width) * 100));
  };
  const drop = () => {
    setDrag(null);
    if (!drag || Math.abs(drag[1] - drag[0]) < LEAST) return;
    onZoom({ from: scale.instantAt(Math.min(...drag)), to: scale.instantAt(Math.max(...drag)) });
  };
  return (
    <span
      ref={axis}
      className="axis"
      title={t('timeline.dragToZoom')}
      onPointerDown={(event) => {
        event.preventDefault();
        axis.current?.setPointerCapture(event.pointerId);
        setDrag([placeOf(event), placeOf(event)]);
      }}
      onPointerMove={(event) => drag && setDrag([drag[0], placeOf(event)])}
      onPointerUp={drop}
      onPointerCancel={() => setDrag(null)}
    >
      {drag && <i className="axis-window" style={{ left: `${Math.min(...drag)}%`, width: `${Math.abs(drag[1] - drag[0])}%` }} />}
      <span>{instant(new Date(from).toISOString(), now)}</span>
      <span>{duration(to - from)}</span>
    </span>
  );
}
