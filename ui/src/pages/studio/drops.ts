import { type DragEvent, useRef } from 'react';
import { DRAGGED } from '../../studio/kinds';
import type { Spot } from '../../studio/writing';

/** Where a step can be put: on a way, or behind a step. */
const ZONES = '.way-add, [data-step]';

/** Returns what a place of the graph means for a step that is dropped there; beside all others it comes behind what is chosen. */
function spotAt(zone: HTMLElement | null, chosen: string | null): Spot {
  const { step, from, to, kind } = zone?.dataset ?? {};
  if (from !== undefined && to !== undefined) return { from, to, ...(kind !== undefined && { kind: kind as NonNullable<Spot['kind']> }) };
  return { from: step ?? chosen };
}

/** Takes steps that are dragged onto a graph. */
export function useDrops(chosen: string | null, isOpen: boolean, add: (spot: Spot, kind: string) => void) {
  const over = useRef<HTMLElement>(null);
  const mark = (zone: HTMLElement | null) => {
    if (over.current !== zone) over.current?.removeAttribute('data-drop');
    zone?.setAttribute('data-drop', '');
    over.current = zone;
  };
  const zoneOf = ({ target }: DragEvent) => (target as Element).closest<HTMLElement>(ZONES);
  const isStep = ({ dataTransfer }: DragEvent) => isOpen && dataTransfer.types.includes(DRAGGED);
  return {
    onDragOver: (event: DragEvent<HTMLElement>) => {
      if (!isStep(event)) return;
      event.preventDefault();
      mark(zoneOf(event));
    },
    onDragLeave: ({ currentTarget, relatedTarget }: DragEvent<HTMLElement>) => {
      if (!currentTarget.contains(relatedTarget as Node | null)) mark(null);
    },
    onDrop: (event: DragEvent<HTMLElement>) => {
      if (!isStep(event)) return;
      event.preventDefault();
      mark(null);
      add(spotAt(zoneOf(event), chosen), event.dataTransfer.getData(DRAGGED));
    },
  };
}
