import type { Run, Step } from '../../../api/types';
import type { GraphNode } from '../../../graph/compile';
import { t } from '../../../i18n/text';
import { AttemptsOfState } from './Attempts';
import { StepOrders } from './StepOrders';

interface Props {
  run: Run;
  step: Step | undefined;
  node: GraphNode;
}

/** What is told of a state beside how it stands, and what can be done with it. */
export function MoreOfState({ run, step, node }: Props) {
  const isInner = node.parent !== null;
  return (
    <>
      {step && step.attempts > 1 && <AttemptsOfState key={step.entryEvent} run={run.id} step={step} />}
      <StepOrders
        run={run}
        step={node.id}
        again={{ word: t('step.againHere'), isOff: isInner || step === undefined, ...(isInner && { hint: t('step.againInner') }) }}
        canTest={!node.isContainer}
      />
    </>
  );
}
