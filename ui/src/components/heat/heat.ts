import { createContext } from 'react';
import type { StepFigure } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { t } from '../../i18n/text';
import type { HeatOf } from '../../router';
import { amount, duration, percent } from '../../state/format';
import { WORST_FIRST } from '../../state/status';

/** What a graph shows of its steps. */
export interface Heat {
  of: HeatOf;
  figures: ReadonlyMap<string, StepFigure>;
  /** The value of the hottest step. */
  most: number;
}

export const HeatContext = createContext<Heat>({ of: 'failures', figures: new Map(), most: 0 });

/** In how many runs a step was come to. */
export function runsOf({ counts }: StepFigure): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function failuresOf({ counts }: StepFigure): number {
  return (counts['failed'] ?? 0) + (counts['timed_out'] ?? 0);
}

/** How hot a step is: a share of its runs, a number of them, or milliseconds. */
export function valueOf(of: HeatOf, figure: StepFigure): number {
  switch (of) {
    case 'failures':
      return failuresOf(figure) / Math.max(1, runsOf(figure));
    case 'retries':
      return figure.retried / Math.max(1, runsOf(figure));
    case 'p50':
      return figure.durations?.p50Ms ?? 0;
    case 'p95':
      return figure.durations?.p95Ms ?? 0;
    case 'runs':
      return runsOf(figure);
  }
}

/** Says in a few words what was measured of a step. */
export function wordsOf(of: HeatOf, figure: StepFigure | undefined): string {
  if (figure === undefined) return t('heat.noRuns');
  switch (of) {
    case 'failures':
      return percent(failuresOf(figure), runsOf(figure));
    case 'retries':
      return percent(figure.retried, runsOf(figure));
    case 'runs':
      return amount(runsOf(figure));
    default:
      return figure.durations ? duration(valueOf(of, figure)) : '–';
  }
}

export function heatOf(of: HeatOf, figures: readonly StepFigure[]): Heat {
  const most = Math.max(0, ...figures.map((figure) => valueOf(of, figure)));
  return { of, figures: new Map(figures.map((figure) => [figure.step, figure])), most };
}

/** How a step ended in how many runs, the worst first. */
export function endsOf({ counts }: StepFigure): [StepStatus, number][] {
  return WORST_FIRST.flatMap((status) => (counts[status] ? [[status, counts[status]] as [StepStatus, number]] : []));
}
