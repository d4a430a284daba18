import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { WorkflowView } from '../api/schema';
import { workflows } from '../api/workflows';
import { Answer } from '../components/Answer';
import { CodeView } from '../components/CodeView';
import { Empty } from '../components/Empty';
import { Page } from '../components/Page';
import { RunsOf } from '../components/RunsOf';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { WORKFLOW_TABS, type WorkflowTab } from '../router';
import { workflowName } from '../state/arn';
import { pretty } from '../state/format';
import { useFresh } from '../state/fresh';
import { Versions } from './workflows/Versions';

const StartRun = lazy(() => import('./runs/StartRun').then(({ StartRun }) => ({ default: StartRun })));
const route = getRouteApi('/workflows/$id');
const LABEL: Record<WorkflowTab, string> = { runs: 'Runs', versions: 'Versions', definition: 'Definition' };
const TABS = WORKFLOW_TABS.map((id) => ({ id, label: LABEL[id] }));

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
      crumbs={<Link to="/workflows">Workflows</Link>}
      actions={
        <button type="button" className="primary" disabled={!view.data || isExpress} onClick={() => setStarting(true)}>
          Start run…
        </button>
      }
    >
      <Answer of={view} what="the workflow">
        {(workflow) => (
          <>
            <p className="facts">
              <span>{isExpress ? 'Express' : 'Standard'}</span>
              <span>
                created <When at={workflow.created} />
              </span>
              <span className="mono break">{workflow.id}</span>
            </p>
            <Tabs
              label="Parts of the workflow"
              tabs={TABS}
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
        <Empty title="Express executions leave no runs" />
      ) : (
        <RunsOf workflow={workflow.id} />
      );
    case 'versions':
      return <Versions workflow={workflow} />;
    case 'definition': {
      const { definition } = workflow;
      return <CodeView title="Definition" text={definition.includes('\n') ? definition : pretty(definition)} />;
    }
  }
}
