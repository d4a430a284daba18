import { useQuery } from '@tanstack/react-query';
import { type PointerEvent, useRef, useState } from 'react';
import { api } from '../../api/client';
import type { ChosenRuns, RunBar } from '../../api/schema';
import { t } from '../../i18n/text';
import { instant, moment } from '../../state/format';
import { useFresh } from '../../state/fresh';
import { useLastGood } from '../../state/lastGood';

/** What stands above each other, from below. */
const PARTS = ['succeeded', 'failed', 'aborted', 'running'] as const;

interface Props {
  chosen: ChosenRuns;
  /** The window that is selected: runs that started from one instant on, before another. */
  onSelect: (from: string, to: string) => void;
}

/** When the runs of the list started. A window is selected by dragging over it. */
export function Histogram({ chosen, onSelect }: Props) {
  const histogram = useQuery({
    queryKey: ['histogram', chosen],
    queryFn: () => api.histogram(chosen),
    placeholderData: (before) => before,
    retry: false,
  });
  useFresh(['histogram']);
  const { data, isOld } = useLastGood(histogram);
  const { items = [], stepMs = 1, total = 0, isPartial = false } = data ?? {};
  if (items.length < 2) return null;
  const end = (bar: RunBar) => new Date(Date.parse(bar.at) + stepMs).toISOString();
  const select = (first: number, last: number) => onSelect(items[first]!.at, end(items[last]!));
  const label = t(isPartial ? 'histogram.atLeast' : 'histogram.label', { n: total });
  return (
    <figure className={isOld ? 'histogram old' : 'histogram'}>
      <Bars items={items} label={label} onSelect={select} />
      <figcaption className="hint">
        <span>{instant(items[0]!.at)}</span>
        <span>{label}</span>
        <span>{instant(end(items.at(-1)!))}</span>
      </figcaption>
    </figure>
  );
}

interface BarsProps {
  items: readonly RunBar[];
  label: string;
  onSelect: (first: number, last: number) => void;
}

function Bars({ items, label, onSelect }: BarsProps) {
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const most = Math.max(...items.map(sum));
  const barAt = ({ clientX }: PointerEvent) => {
    const { left, width } = svg.current!.getBoundingClientRect();
    return Math.max(0, Math.min(items.length - 1, Math.floor(((clientX - left) / width) * items.length)));
  };
  const drop = () => {
    if (drag) onSelect(Math.min(...drag), Math.max(...drag));
    setDrag(null);
  };
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${items.length} 1`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      onPointerDown={(event) => {
        svg.current?.setPointerCapture(event.pointerId);
        setDrag([barAt(event), barAt(event)]);
      }}
      onPointerMove={(event) => drag && setDrag([drag[0], barAt(event)])}
      onPointerUp={drop}
      onPointerCancel={() => setDrag(null)}
    >
      {drag && <rect className="window" x={Math.min(...drag)} width={Math.abs(drag[1] - drag[0]) + 1} height={1} />}
      {items.map((bar, at) => (
        <Bar key={bar.at} bar={bar} at={at} most={most} />
      ))}
    </svg>
  );
}

function Bar({ bar, at, most }: { bar: RunBar; at: number; most: number }) {
  let below = 0;
  const counts = PARTS.map((part) => t(`histogram.${part}`, { n: bar[part] })).join(', ');
  return (
    <g>
      <title>{t('histogram.bar', { time: moment(bar.at), counts })}</title>
      <rect x={at} width={1} height={1} fill="transparent" />
      {PARTS.map((part) => {
        const height = bar[part] / most;
        below += height;
        return height > 0 && <rect key={part} className={`bar-${part}`} x={at + 0.1} y={1 - below} width={0.8} height={height} />;
      })}
    </g>
  );
}

function sum(bar: RunBar): number {
  return PARTS.reduce((all, part) => all + bar[part], 0);
}
