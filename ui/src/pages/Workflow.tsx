import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { WorkflowView } from '../api/schema';
import { workflows } from '../api/workflows';
import { Answer } from '../components/Answer';
import { CodeView } from '../components/CodeView';
import { Empty } from '../components/Empty';
import { OpenInStudio } from '../components/OpenInStudio';
import { Page } from '../components/Page';
import { RunsOf } from '../components/RunsOf';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { WORKFLOW_TABS, type WorkflowTab } from '../router';
import { workflowName } from '../state/arn';
import { pretty } from '../state/format';
import { useFresh } from '../state/fresh';
import { kindWord } from './workflows/list';
import { Versions } from './workflows/Versions';

const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));
const route = getRouteApi('/workflows/$id');


/** One state machine: its runs, its versions, its definition. */
export function Workflow() {
  const { id } = route.useParams();
  const { tab = 'runs' } = route.useSearch();
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const view = useQuery({ queryKey: ['workflow', id], queryFn: () => workflows.view(id) });
  useFresh(['workflow', id], ['runs of', id]);
  const isExpress = view.data?.kind === 'EXPRESS';
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
              onChange={(next) => void navigate({ to: '/workflows/$id', params: { id }, search: { tab: next }, replace: true })}
            >
              <Part tab={tab} workflow={workflow} />
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

function Part({ tab, workflow }: { tab: WorkflowTab; workflow: WorkflowView }) {
  switch (tab) {
    case 'runs':
      return workflow.kind === 'EXPRESS' ? (
        <Empty title={t('workflows.expressRuns')} />
      ) : (
        <RunsOf workflow={workflow.id} />
      );
    case 'versions':
      return <Versions workflow={workflow} />;
    case 'definition': {
      const { definition } = workflow;
      return <CodeView title={t('workflows.definition')} text={definition.includes('\n') ? definition : pretty(definition)} />;
    }
  }
}
