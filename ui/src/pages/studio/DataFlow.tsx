import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { drafts } from '../../api/drafts';
import type { DraftView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { t } from '../../i18n/text';
import { recordedAt } from '../../studio/recorded';
import { useRunsOf } from '../../studio/useSample';
import { RunChoice } from './RunChoice';
import { Trace } from './Trace';

/** The events of a run that are looked through. */
export const EVENTS_MAX = 1_000;

interface Props {
  step: string | null;
  /** Whether something stands in for what the state does; others are computed. */
  hasWork: boolean;
  draft: DraftView;
  /** The text, if there is nothing wrong with it. */
  text: string | null;
  sample: string;
  /** The run that was opened in Studio. */
  run: string | undefined;
}

/** The way of the data through a state as the text has it now, with what the state had in a run. No task is run. */
export function DataFlow({ step, hasWork, draft, text, sample, run }: Props) {
  const runs = useRunsOf(draft.of);
  const [chosen, setChosen] = useState(run);
  const from = chosen ?? runs[0]?.id;
  const events = useQuery({ queryKey: ['event', from, 'all'], queryFn: () => api.events(from!, 1, EVENTS_MAX), enabled: from !== undefined });
  const recorded = step !== null && events.data ? recordedAt(events.data.items, step) : null;
  const { mock, ...had } = recorded ?? {};
  const asked = { input: sample, ...had, ...(hasWork && { mock: mock ?? { result: '{}' } }) };
  const tested = useQuery({
    queryKey: ['data flow', step, text, asked],
    queryFn: () => drafts.testState({ definition: text!, stateName: step!, inspectionLevel: 'DEBUG', ...asked }),
    enabled: step !== null && text !== null && (from === undefined || events.isSuccess),
    placeholderData: (before, query) => (query?.queryKey[1] === step ? keepPreviousData(before) : undefined),
    gcTime: 0,
    retry: false,
  });
  if (step === null) return <p className="hint drawer-hint">{t('studio.testNone')}</p>;
  return (
    <div className="flow">
      <RunChoice runs={runs} label={t('studio.flowOf')} value={from ?? ''} onChoose={setChosen} />
      {from !== undefined && events.isSuccess && !recorded && <p className="hint">{t('studio.flowNotThere')}</p>}
      {text === null && <p className="hint" role="status">{t('studio.flowBroken')}</p>}
      <div className="trace" aria-live="polite">
        <Answer of={tested} what={t('studio.theFlow')}>{(answer) => <Trace tested={answer} />}</Answer>
      </div>
    </div>
  );
}
