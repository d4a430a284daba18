import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import type { DraftView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { t } from '../../i18n/text';
import { observedAt } from '../../studio/observed';
import { useRunsOf } from '../../studio/useSample';
import { EVENTS_MAX } from './DataFlow';
import { ObservedData } from './ObservedData';
import { RunChoice } from './RunChoice';

interface Props {
  step: string;
  draft: DraftView;
  needs: readonly string[];
  /** The run that was opened in Studio. */
  run: string | undefined;
}

/** The way of the data through a task of a pipeline, as it was in a run. */
export function TaskFlow({ step, draft, needs, run }: Props) {
  const runs = useRunsOf(draft.of);
  const [chosen, setChosen] = useState(run);
  const from = chosen ?? runs[0]?.id;
  const events = useQuery({ queryKey: ['event', from, 'all'], queryFn: () => api.events(from!, 1, EVENTS_MAX), enabled: from !== undefined });
  if (from === undefined) return <p className="hint drawer-hint">{t('studio.flowNoRun')}</p>;
  return (
    <div className="flow">
      <RunChoice runs={runs} label={t('studio.flowOf')} value={from} onChoose={setChosen} />
      <div className="trace" aria-live="polite">
        <Answer of={events} what={t('studio.theFlow')}>
          {({ items }) => {
            const observed = observedAt(items, step, needs, true);
            return observed ? <ObservedData observed={observed} /> : <p className="hint">{t('studio.notReached', { name: step })}</p>;
          }}
        </Answer>
      </div>
    </div>
  );
}
