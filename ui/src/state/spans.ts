import type { Step } from '../api/types';

/** Where a bar stands in its row, in percents of the whole. */
export interface Span {
  from: number;
  length: number;
}

/** Returns the bar of a step in a run that began and ended, or goes on until now, at these instants. */
export function span(step: Pick<Step, 'entered' | 'left'>, began: number, ended: number): Span {
  const whole = Math.max(1, ended - began);
  const from = Math.min(Math.max(0, Date.parse(step.entered) - began), whole);
  const to = Math.min(step.left === undefined ? whole : Date.parse(step.left) - began, whole);
  return { from: (from / whole) * 100, length: (Math.max(0, to - from) / whole) * 100 };
}
