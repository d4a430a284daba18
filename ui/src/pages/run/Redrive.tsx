import { lazy, Suspense, useState } from 'react';
import type { Run } from '../../api/types';
import type { Graph } from '../../graph/compile';
import { t } from '../../i18n/text';
import { useServerTexts } from '../../i18n/useServerTexts';
import { useKeys } from '../../state/keys';
import { hasEndedBadly } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { whyOf } from '../../state/whys';

const RedriveDialog = lazy(() => import('./Actions').then(({ RedriveDialog }) => ({ default: RedriveDialog })));

interface Props {
  run: Run;
  graph: Graph | null;
  store: StepStore;
}

/** Has a run go on from where it failed. */
export function Redrive({ run: { id, status, notRedrivable }, graph, store }: Props) {
  const [isAsking, setAsking] = useState(false);
  const canRedrive = notRedrivable === undefined;
  useServerTexts();
  useKeys({ r: () => canRedrive && setAsking(true) });
  return (
    <>
      <button
        type="button"
        className={canRedrive && hasEndedBadly(status) ? 'primary' : undefined}
        disabled={!canRedrive}
        title={notRedrivable && whyOf(notRedrivable)}
        onClick={() => setAsking(true)}
      >
        {t('run.redriveAsk')}
      </button>
      {isAsking && <Suspense><RedriveDialog id={id} graph={graph} store={store} onClose={() => setAsking(false)} /></Suspense>}
    </>
  );
}
