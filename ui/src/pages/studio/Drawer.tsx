import { useState } from 'react';
import { Tabs } from '../../components/Tabs';
import type { Graph } from '../../graph/compile';
import { t } from '../../i18n/text';
import { withGroups } from '../../studio/givenEnds';
import type { Workbench } from '../../studio/useWorkbench';
import { DataFlow } from './DataFlow';
import { ProblemList } from './ProblemList';
import { Sample } from './Sample';
import { TaskFlow } from './TaskFlow';
import { TestStep } from './TestStep';
import { TestTask } from './TestTask';
import { UpTo } from './UpTo';

interface Props {
  bench: Workbench;
  sample: string;
  /** The run that was opened in Studio. */
  run: string | undefined;
  begins: Tab;
  onSample: (text: string) => void;
}

type Tab = 'problems' | 'sample' | 'test' | 'upTo' | 'flow';

/** The states that something can stand in for. */
const WITH_WORK: ReadonlySet<string> = new Set(['Task', 'Map', 'Parallel']);

/** What is told of the whole, below it: problems, the sample input, the test of a step. */
export function Drawer({ bench, sample, run, begins, onSample }: Props) {
  const { problems, look, step, writer, drawn } = bench;
  const isValid = look?.text === writer.text && look.looked.valid;
  const [tab, setTab] = useState<Tab>(begins);
  const needs = drawn.graph?.edges.filter(({ to }) => to === step).map(({ from }) => from) ?? [];
  const isPipeline = writer.draft.kind === 'PIPELINE';
  const kind = drawn.graph?.nodes.find(({ id }) => id === step)?.kind;
  const hasWork = kind === undefined || WITH_WORK.has(kind);
  const tabs = [
    { id: 'problems', label: t('studio.problemsTab', { n: problems.length }) },
    { id: 'sample', label: t('studio.sample') },
    { id: 'test', label: t('studio.test') },
    { id: 'upTo', label: t('studio.upTo') },
    { id: 'flow', label: t('studio.flow') },
  ] as const;
  return (
    <section className="drawer" aria-label={t('studio.drawer')}>
      <Tabs label={t('studio.drawer')} tabs={tabs} current={tab} onChange={setTab}>
        {tab === 'problems' && <ProblemList problems={problems} isLooking={look === null} onShow={bench.show} onFix={bench.fix} />}
        {tab === 'sample' && <Sample draft={writer.draft} sample={sample} onSample={onSample} />}
        {tab === 'test' && step === null && <p className="hint drawer-hint">{t('studio.testNone')}</p>}
        {tab === 'test' && step !== null && !isPipeline && <TestStep step={step} hasWork={hasWork} text={writer.text} sample={sample} />}
        {tab === 'test' && step !== null && isPipeline && <TestTask {...around(step, drawn.graph)} step={step} draft={writer.draft} text={writer.text} sample={sample} run={run} />}
        {tab === 'upTo' && <UpTo key={step} step={step} writer={writer} isValid={isValid} sample={sample} needs={needs} />}
        {tab === 'flow' && isPipeline && step !== null && <TaskFlow step={step} draft={writer.draft} needs={needs} run={run} />}
        {tab === 'flow' && (!isPipeline || step === null) && (
          <DataFlow step={step} hasWork={hasWork} draft={writer.draft} text={isValid ? writer.text : null} sample={sample} run={run} />
        )}
      </Tabs>
    </section>
  );
}

/** What a task of a pipeline and the groups around it need, what it is, and whether one of them is there for many things. */
function around(step: string, graph: Graph | null) {
  const own = withGroups(step);
  const needs = graph?.edges.filter(({ to }) => own.includes(to)).map(({ from }) => from) ?? [];
  const kind = graph?.nodes.find(({ id }) => id === step)?.kind;
  return { needs: [...new Set(needs)], kind, isOfMany: graph?.nodes.some(({ id, source }) => own.includes(id) && source['each'] === true) ?? false };
}
