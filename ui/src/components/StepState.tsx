import type { Step } from '../api/types';
import type { GraphNode } from '../graph/compile';
import { t } from '../i18n/text';
import { Status } from './Glyph';

/** How a step stands; what runs for each item elsewhere has no state here. */
export function StepState({ step, node }: { step: Pick<Step, 'status'> | undefined; node: GraphNode }) {
  if (!step && node.isOfItems) return <span className="hint">{t('graph.ofItems')}</span>;
  return <Status status={step?.status ?? 'not_reached'} />;
}
