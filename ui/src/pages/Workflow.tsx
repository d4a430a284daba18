import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { WorkflowView } from '../api/schema';
import { workflows } from '../api/workflows';
import { Answer } from '../components/Answer';
import { CodeView } from '../components/CodeView';
import { Empty } from '../components/Empty';
import { isNobody, Missing } from '../components/Missing';
import { OpenInStudio } from '../components/OpenInStudio';
import { Page } from '../components/Page';
import { RunsOf } from '../components/RunsOf';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { compile } from '../graph/compile';
import { rich } from '../i18n/rich';
import { t, withTexts } from '../i18n/text';
import { WORKFLOW_TABS, type WorkflowSearch, type WorkflowTab } from '../router';
import { workflowName } from '../state/arn';
import { pretty } from '../state/format';
import { useFresh } from '../state/fresh';
import { kindWord } from './workflows/list';
import { Versions } from './workflows/Versions';

const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));
const HeatGraph = lazy(() =>
  withTexts(import('../components/heat/HeatGraph'), 'heat', 'graph').then(({ HeatGraph }) => ({ default: HeatGraph })),
);
const Metrics = lazy(() => withTexts(import('../components/metrics/Metrics'), 'metrics', 'histogram').then(({ Metrics }) => ({ default: Metrics })));
const MachineTriggers = lazy(() => import('./workflows/MachineTriggers').then(({ MachineTriggers }) => ({ default: MachineTriggers })));
const Machine = lazy(() => import('./workflows/Machine').then(({ Machine }) => ({ default: Machine })));
const route = getRouteApi('/workflows/$id');

/** One state machine: its runs, its versions, its definition. */
export function Workflow() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const { tab = 'runs' } = search;
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const view = useQuery({ queryKey: ['workflow', id], queryFn: () => workflows.view(id) });
  useFresh(['workflow', id], ['runs of', id], ['figures', id]);
  const change = (next: WorkflowSearch<WorkflowTab>) =>
    void navigate({ to: '/workflows/$id', params: { id }, search: { ...search, ...next }, replace: true });
  const isExpress = view.data?.kind === 'EXPRESS';
  if (view.data === undefined && isNobody(view.error)) {
    return (
      <Missing title={t('workflows.missing')} what={t('workflows.missingHint', { name: workflowName(id) })}>
        <Link to="/workflows">{t('workflows.toAll')}</Link>
      </Missing>
    );
  }
  return (
    <Page
      title={view.data?.name ?? workflowName(id)}
      fills
      crumbs={<Link to="/workflows">{t('frame.workflows')}</Link>}
      actions={
        <>
          <OpenInStudio of={view.data?.id} />
          <button type="button" className="primary" disabled={!view.data || isExpress} onClick={() => setStarting(true)}>
            {t('runs.start')}
          </button>
        </>
      }
    >
      <Answer of={view} what={t('workflows.one')}>
        {(workflow) => (
          <>
            <p className="facts">
              <span>{kindWord(isExpress)}</span>
              <span>{rich('workflows.createdAt', { time: <When at={workflow.created} /> })}</span>
              <span className="mono break">{workflow.id}</span>
            </p>
            <Tabs
              label={t('workflows.parts')}
              tabs={WORKFLOW_TABS.map((id) => ({ id, label: t(`workflows.${id}`) }))}
              current={tab}
              onChange={(tab) => change({ tab })}
            >
              <Part tab={tab} workflow={workflow} search={search} onChange={change} />
            </Tabs>
            {isStarting && (
              <Suspense fallback={null}>
                <StartRun workflows={[workflow]} onClose={() => setStarting(false)} />
              </Suspense>
            )}
          </>
        )}
      </Answer>
    </Page>
  );
}

interface PartProps {
  tab: WorkflowTab;
  workflow: WorkflowView;
  search: WorkflowSearch<WorkflowTab>;
  onChange: (next: WorkflowSearch<WorkflowTab>) => void;
}

function Part({ tab, workflow, search, onChange }: PartProps) {
  const { id, kind, definition } = workflow;
  const graph = useMemo(() => compile(definition), [definition]);
  switch (tab) {
    case 'runs':
      return kind === 'EXPRESS' ? <Empty title={t('workflows.expressRuns')} /> : <RunsOf workflow={id} />;
    case 'graph':
      return (
        <Suspense fallback={null}>
          <HeatGraph workflow={id} graph={graph} heat={search.heat ?? 'failures'} step={search.step} onChange={onChange} />
        </Suspense>
      );
    case 'versions':
      return <Versions workflow={workflow} />;
    case 'triggers':
      return (
        <Suspense fallback={null}>
          <MachineTriggers workflow={workflow} />
        </Suspense>
      );
    case 'metrics':
      if (kind === 'EXPRESS') return <Empty title={t('workflows.expressRuns')} />;
      return (
        <Suspense fallback={null}>
          <Metrics workflow={id} since={search.since ?? '24h'} onChange={(since) => onChange({ since })} />
        </Suspense>
      );
    case 'settings':
      return (
        <Suspense fallback={null}>
          <Machine workflow={workflow} />
        </Suspense>
      );
    case 'definition':
      return <CodeView title={t('workflows.definition')} text={definition.includes('\n') ? definition : pretty(definition)} />;
  }
}
