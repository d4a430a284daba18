import { type RefObject, useEffect } from 'react';
import type { Point } from './layout';
import type { View } from './view';

/** How far a pointer moves before that is more than a click, in pixels. */
const DRAG_FROM = 4;
/** Powers of two for each unit of a wheel: pixels, lines, pages. */
const WHEEL = [0.002, 0.05, 1];
/** A pinch on a touchpad comes as a slow wheel with Ctrl. */
const PINCH = 10;
/** Most that one turn of a wheel zooms. */
const STEP_MAX = 2;

/** Lets the wheel and two fingers zoom a pane, and one pointer move it. What lies on it can be clicked all the same. */
export function useGestures(pane: RefObject<HTMLElement | null>, view: View): void {
  useEffect(() => {
    const element = pane.current;
    if (!element) return;
    const gestures = new Gestures(element, view);
    const ends = Object.entries(gestures.handlers).map(([name, act]) => {
      element.addEventListener(name, act as EventListener, { passive: false });
      return () => element.removeEventListener(name, act as EventListener);
    });
    return () => ends.forEach((end) => end());
  }, [pane, view]);
}

class Gestures {
  /** Pointers that are down, and where. */
  readonly #down = new Map<number, Point>();
  #moved = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly view: View,
  ) {}

  readonly handlers = {
    wheel: (event: WheelEvent) => {
      event.preventDefault();
      const power = -event.deltaY * (WHEEL[event.deltaMode] ?? 0) * (event.ctrlKey ? PINCH : 1);
      this.view.zoomAt(this.#at(event), Math.min(STEP_MAX, Math.max(1 / STEP_MAX, 2 ** power)));
    },
    pointerdown: (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest('[data-drag]')) return;
      if (this.#down.size === 0) this.#moved = 0;
      this.#down.set(event.pointerId, this.#at(event));
    },
    pointermove: (event: PointerEvent) => {
      const before = this.#down.get(event.pointerId);
      if (!before) return;
      if (event.buttons === 0) return this.#lift(event);
      const now = this.#at(event);
      this.#moved = Math.max(this.#moved, distance(before, now));
      // From here on, what is under the pointer is not clicked.
      if (this.#moved >= DRAG_FROM) this.element.setPointerCapture(event.pointerId);
      else if (this.#down.size === 1) return;
      this.#drag(event.pointerId, before, now);
      this.#down.set(event.pointerId, now);
    },
    pointerup: (event: PointerEvent) => this.#lift(event),
    pointercancel: (event: PointerEvent) => this.#lift(event),
  };

  #drag(id: number, before: Point, now: Point): void {
    const other = [...this.#down].find(([one]) => one !== id)?.[1];
    if (!other) return this.view.moveBy(now.x - before.x, now.y - before.y);
    const middle = between(now, other);
    const was = between(before, other);
    this.view.moveBy(middle.x - was.x, middle.y - was.y);
    this.view.zoomAt(middle, distance(now, other) / Math.max(1, distance(before, other)));
  }

  #lift({ pointerId }: PointerEvent): void {
    this.#down.delete(pointerId);
  }

  #at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
