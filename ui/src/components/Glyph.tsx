import type { ReactNode } from 'react';
import type { StepStatus } from '../api/types';
import { HUE, wordOf } from '../state/status';

const OCTAGON = 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z';
const CHECK = 'm4.9 8.2 2.2 2.2 4.1-4.6';
const CROSS = 'm5.6 5.6 4.8 4.8m0-4.8-4.8 4.8';
const ON_FILL = { stroke: 'var(--on-fill)', strokeWidth: 1.6, fill: 'none' };

/** The shape of each status: it can be told from the others without its colour. */
const SHAPES: Record<StepStatus, ReactNode> = {
  succeeded: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
      <path d={CHECK} {...ON_FILL} />
    </>
  ),
  caught: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d={CHECK} />
    </>
  ),
  failed: (
    <>
      <path d={OCTAGON} fill="currentColor" stroke="none" />
      <path d={CROSS} {...ON_FILL} />
    </>
  ),
  timed_out: (
    <>
      <path d={OCTAGON} fill="currentColor" stroke="none" />
      <path d="M8 4.8V8l2.2 1.6" {...ON_FILL} />
    </>
  ),
  running: (
    <>
      <circle cx="8" cy="8" r="6" opacity="0.3" />
      <path className="glyph-arc" d="M8 2a6 6 0 0 1 6 6" strokeWidth="2" />
    </>
  ),
  retrying: <path d="M13.2 8a5.2 5.2 0 1 1-1.6-3.7M12 1.8v2.9H9.1" />,
  waiting: <path d="M4 2h8M4 14h8M5 2c0 3.6 6 4.4 6 8.4V14M11 2c0 3.6-6 4.4-6 8.4V14" />,
  queued: <circle cx="8" cy="8" r="6" strokeDasharray="2.6 2.1" />,
  aborted: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
      <rect x="5.6" y="5.6" width="4.8" height="4.8" fill="var(--on-fill)" stroke="none" />
    </>
  ),
  approval: (
    <>
      <path d="M8 .9 15.1 8 8 15.1.9 8z" fill="currentColor" stroke="none" />
      <path d="M8 5.2a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6M5.4 10.9c.6-1.5 4.6-1.5 5.2 0" {...ON_FILL} strokeWidth={1.3} />
    </>
  ),
  blocked: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="1.5" strokeDasharray="2.6 2" />
      <path d="M6.4 5.8v4.4M9.6 5.8v4.4" />
    </>
  ),
  compensating: <path d="M6 3 2.5 6.5 6 10M2.5 6.5h7a3.5 3.5 0 0 1 0 7H6" />,
  skipped: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="m4 12 8-8" />
    </>
  ),
  upstream_failed: (
    <>
      <path d={OCTAGON} />
      <path d={CROSS} />
    </>
  ),
  not_reached: <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />,
};

export function Glyph({ status, size = 16 }: { status: StepStatus; size?: number }) {
  return (
    <svg
      className={`glyph glyph-${status}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      style={{ color: `var(--st-${HUE[status]})` }}
      aria-hidden="true"
    >
      {SHAPES[status]}
    </svg>
  );
}

/** A status as shape, colour and word. */
export function Status({ status, word = wordOf(status) }: { status: StepStatus; word?: string }) {
  return (
    <span className="status" style={{ color: `var(--tx-${HUE[status]})` }}>
      <Glyph status={status} />
      <span className="word">{word}</span>
    </span>
  );
}
