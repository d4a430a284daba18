import { type RefObject, useLayoutEffect, useReducer, useRef } from 'react';
import { RowHeights } from '../../../state/rowHeights';

const LINE_PX = 18;
const OVERSCAN = 10;
/** Browsers give no element more height than some 17 million pixels: of more lines, so many have a place at once. */
const SPAN = 500_000;
/** When the end moves away, the lines that have a place move by so many. */
const STEP = SPAN / 2;

/** Which rows of very many are there, and where they stand. */
export interface Rows {
  /** The places of those that are drawn: from the first to before the last. */
  first: number;
  last: number;
  /** How high all of them are together. */
  height: number;
  offsetOf: (place: number) => number;
  /** Looks again at how high the rows are that are drawn. */
  measure: () => void;
  /** Forgets how high rows are. */
  forget: () => void;
  goTo: (place: number) => void;
  scroll: () => void;
}

/** Rows that are `count`, in an element that scrolls; those with `data-index` are measured. */
export function useRows(scroller: RefObject<HTMLElement | null>, count: number): Rows {
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const heights = useRef(new RowHeights(LINE_PX)).current;
  const view = useRef({ top: 0, height: 0, base: 0 }).current;
  useLayoutEffect(() => {
    const element = scroller.current!;
    view.height = element.clientHeight;
    const sized = new ResizeObserver(() => {
      view.height = element.clientHeight;
      redraw();
    });
    sized.observe(element);
    return () => sized.disconnect();
  }, [scroller, view]);
  // Where the reader was before the rows were as high as they are now.
  const wanted = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null || !scroller.current) return;
    scroller.current.scrollTop = wanted.current;
    view.top = scroller.current.scrollTop;
    wanted.current = null;
  });
  const shown = Math.min(count - view.base, SPAN);
  const move = (base: number) => {
    if (base === view.base) return;
    view.base = base;
    heights.clear();
  };
  return {
    first: view.base + Math.max(0, heights.at(view.top) - OVERSCAN),
    last: view.base + Math.min(shown, heights.at(view.top + view.height) + OVERSCAN + 1),
    height: heights.offset(shown),
    offsetOf: (place) => heights.offset(place - view.base),
    measure: () => {
      let [moved, changed] = [0, false];
      for (const row of scroller.current!.querySelectorAll<HTMLElement>('[data-index]')) {
        const place = Number(row.dataset['index']) - view.base;
        const grown = heights.set(place, row.offsetHeight);
        changed ||= grown !== 0;
        // What is above may not push away what is read.
        if (heights.offset(place) < view.top) moved += grown;
      }
      if (moved !== 0) wanted.current = view.top + moved;
      if (changed) redraw();
    },
    forget: () => {
      const top = heights.at(view.top);
      heights.clear();
      wanted.current = top * LINE_PX;
      redraw();
    },
    goTo: (place) => {
      if (place >= count - 1 && count > view.base + SPAN) move(Math.ceil((count - SPAN) / STEP) * STEP);
      else if (place < view.base || place >= view.base + SPAN) move(Math.max(0, Math.floor(place / STEP) * STEP - STEP / 2));
      const above = place >= count - 1 ? 0 : (view.height - LINE_PX) / 2;
      wanted.current = place >= count - 1 ? heights.offset(count - view.base) : Math.max(0, heights.offset(place - view.base) - above);
      view.top = Math.max(0, Math.min(wanted.current, heights.offset(Math.min(count - view.base, SPAN)) - view.height));
      redraw();
    },
    scroll: () => {
      view.top = scroller.current!.scrollTop;
      redraw();
    },
  };
}
