import type { PointerEvent } from 'react';
import type { Point } from '../graph/layout';

/** A way that is being drawn, in the window: from a point to the pointer, and around the step that it would lead to. */
export interface DrawnLink {
  from: Point;
  to: Point;
  box: DOMRect | null;
}

/** Ways between steps, drawn with the pointer from a handle to where they are dropped. */
export class Linking {
  drawn: DrawnLink | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Begins at a handle. Of the steps only these can be led to; `drop` is told which, or null where there is none. */
  begin({ currentTarget: handle, pointerId, clientX, clientY }: PointerEvent<Element>, steps: readonly string[], drop: (step: string | null) => void): void {
    handle.setPointerCapture(pointerId);
    const { left, top, width, height } = handle.getBoundingClientRect();
    const from = { x: left + width / 2, y: top + height / 2 };
    const listening = new AbortController();
    const listen = (name: string, act: (event: never) => void) =>
      (name === 'keydown' ? document : handle).addEventListener(name, act as (event: Event) => void, { signal: listening.signal, capture: true });
    const end = () => {
      listening.abort();
      this.#show(null);
    };
    const move = (event: MouseEvent) => {
      const at = under(event);
      const isOne = at !== null && steps.includes(at.dataset['step']!);
      this.#show({ from, to: { x: event.clientX, y: event.clientY }, box: isOne ? at.getBoundingClientRect() : null });
    };
    listen('pointermove', move);
    listen('pointercancel', end);
    listen('pointerup', (event: MouseEvent) => {
      end();
      const at = under(event);
      const hasMoved = Math.hypot(event.clientX - clientX, event.clientY - clientY) > width;
      if (at === null) return hasMoved && drop(null);
      const step = at.dataset['step']!;
      if (steps.includes(step)) drop(step);
    });
    listen('keydown', (event: KeyboardEvent) => event.key === 'Escape' && end());
  }

  #show(drawn: DrawnLink | null): void {
    this.drawn = drawn;
    for (const listener of this.#listeners) listener();
  }
}

/** Returns the step that is under the pointer. */
function under({ clientX, clientY }: MouseEvent): HTMLElement | null {
  return document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-step]') ?? null;
}
