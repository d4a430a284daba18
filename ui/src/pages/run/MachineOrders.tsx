import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Run } from '../../api/types';
import type { Graph } from '../../graph/compile';
import { t, withTexts } from '../../i18n/text';
import { hasEndedBadly } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { Redrive } from './Redrive';

const StartAgain = lazy(() => withTexts(import('./StartAgain'), 'again').then(({ StartAgain }) => ({ default: StartAgain })));

const route = getRouteApi('/runs/$id');

interface Props {
  run: Run;
  graph: Graph | null;
  store: StepStore;
  /** The step that is selected. */
  step: string | null;
}

/** What can be done about a run of a state machine: it goes on from where it failed, or another one begins. */
export function MachineOrders({ run, graph, store, step }: Props) {
  const { again, ...search } = route.useSearch();
  const navigate = useNavigate({ from: '/runs/$id' });
  const [isOpen, setAsking] = useState(false);
  const isAsking = isOpen || again !== undefined;
  // Within a Parallel or a Map nothing begins by itself.
  const isOutermost = graph?.nodes.some(({ id, parent }) => id === step && parent === null) === true;
  const failed = hasEndedBadly(run.status);
  const close = () => {
    setAsking(false);
    // The address asks once.
    if (again) void navigate({ search, replace: true });
  };
  return (
    <>
      <button type="button" className={failed && run.notRedrivable !== undefined ? 'primary' : undefined} onClick={() => setAsking(true)}>
        {t('run.againAsk')}
      </button>
      <Redrive run={run} graph={graph} store={store} />
      {isAsking && (
        <Suspense>
          <StartAgain run={run} onLatest={again === 'latest'} atStep={again === 'step'} step={isOutermost ? store.get(step!) : undefined} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
