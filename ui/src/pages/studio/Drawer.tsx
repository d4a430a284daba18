import { useState } from 'react';
import { Tabs } from '../../components/Tabs';
import { t } from '../../i18n/text';
import type { Workbench } from '../../studio/useWorkbench';
import { ProblemList } from './ProblemList';
import { Sample } from './Sample';
import { TestStep } from './TestStep';

interface Props {
  bench: Workbench;
  sample: string;
  onSample: (text: string) => void;
}

type Tab = 'problems' | 'sample' | 'test';

/** What is told of the whole, below it: problems, the sample input, the test of a step. */
export function Drawer({ bench, sample, onSample }: Props) {
  const { problems, look, step, writer } = bench;
  const [tab, setTab] = useState<Tab>('problems');
  const tabs = [
    { id: 'problems', label: t('studio.problemsTab', { n: problems.length }) },
    { id: 'sample', label: t('studio.sample') },
    { id: 'test', label: t('studio.test') },
  ] as const;
  return (
    <section className="drawer" aria-label={t('studio.drawer')}>
      <Tabs label={t('studio.drawer')} tabs={tabs} current={tab} onChange={setTab}>
        {tab === 'problems' && <ProblemList problems={problems} isLooking={look === null} onShow={bench.show} onFix={bench.fix} />}
        {tab === 'sample' && <Sample draft={writer.draft} sample={sample} onSample={onSample} />}
        {tab === 'test' && <TestStep step={step} draft={writer.draft} text={writer.text} sample={sample} />}
      </Tabs>
    </section>
  );
}
