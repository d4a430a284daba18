import { useState } from 'react';
import type { DraftView } from '../../api/schema';
import { Tabs } from '../../components/Tabs';
import { t } from '../../i18n/text';
import type { FoundProblem } from '../../studio/problems';
import { ProblemList } from './ProblemList';
import { Sample } from './Sample';
import { TestStep } from './TestStep';

interface Props {
  problems: readonly FoundProblem[];
  isLooking: boolean;
  step: string | null;
  draft: DraftView;
  text: string;
  sample: string;
  onSample: (text: string) => void;
  onShow: (problem: FoundProblem) => void;
  onFix: (problem: FoundProblem) => void;
}

type Tab = 'problems' | 'sample' | 'test';

/** What is told of the whole, below it: problems, the sample input, the test of a step. */
export function Drawer({ problems, isLooking, step, draft, text, sample, onSample, onShow, onFix }: Props) {
  const [tab, setTab] = useState<Tab>('problems');
  const tabs = [
    { id: 'problems', label: t('studio.problemsTab', { n: problems.length }) },
    { id: 'sample', label: t('studio.sample') },
    { id: 'test', label: t('studio.test') },
  ] as const;
  return (
    <section className="drawer" aria-label={t('studio.drawer')}>
      <Tabs label={t('studio.drawer')} tabs={tabs} current={tab} onChange={setTab}>
        {tab === 'problems' && <ProblemList problems={problems} isLooking={isLooking} onShow={onShow} onFix={onFix} />}
        {tab === 'sample' && <Sample draft={draft} sample={sample} onSample={onSample} />}
        {tab === 'test' && <TestStep step={step} draft={draft} text={text} sample={sample} />}
      </Tabs>
    </section>
  );
}
