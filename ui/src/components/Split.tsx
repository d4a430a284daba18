import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from 'react';
import { t } from '../i18n/text';

const KEY = 'compasso.inspector';
const WIDTH = { least: 300, most: 900 };
/** Its part of a wide window; as much as it needs of others. */
const first = () => Math.round(Math.min(640, Math.max(400, innerWidth * 0.24)));
/** How far an arrow moves the edge, in pixels. */
const STEP = 20;

/** What is looked at, and beside it an inspector of what was chosen there. The edge between them is moved, and stays. */
export function Split({ children }: { children: ReactNode }) {
  const [width, setWidth] = useState(kept);
  const set = (wanted: number) => {
    const next = Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, wanted)));
    setWidth(next);
    try {
      localStorage.setItem(KEY, String(next));
    } catch {
      // Storage may be switched off; the width then lasts as long as the page.
    }
  };
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (event.buttons === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    set(event.currentTarget.parentElement!.getBoundingClientRect().right - event.clientX);
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (by !== undefined) set(width + by);
  };
  return (
    <div className="split" style={{ '--inspector': `${width}px` } as React.CSSProperties}>
      {children}
      <div
        className="divider"
        role="separator"
        aria-orientation="vertical"
        aria-label={t('common.inspectorWidth')}
        aria-valuenow={width}
        aria-valuemin={WIDTH.least}
        aria-valuemax={WIDTH.most}
        tabIndex={0}
        onPointerDown={drag}
        onPointerMove={drag}
        onKeyDown={press}
        onDoubleClick={() => set(first())}
      />
    </div>
  );
}

function kept(): number {
  try {
    return Number(localStorage.getItem(KEY)) || first();
  } catch {
    return first();
  }
}
