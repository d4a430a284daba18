import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { pipelines } from '../api/pipelines';
import type { DescribedPipeline } from '../api/schema';
import { Answer } from '../components/Answer';
import { CodeView } from '../components/CodeView';
import { isNobody, Missing } from '../components/Missing';
import { OpenInStudio } from '../components/OpenInStudio';
import { Page } from '../components/Page';
import { PauseButton } from '../components/PauseButton';
import { RunsOf } from '../components/RunsOf';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { ofPipeline } from '../graph/ofPipeline';
import { rich } from '../i18n/rich';
import { t, withTexts } from '../i18n/text';
import { PIPELINE_TABS, type PipelineTab, type WorkflowSearch } from '../router';
import { useFresh } from '../state/fresh';
import { Backfills } from './pipeline/Backfills';
import { Grid } from './pipeline/Grid';
import { PipelineVersions } from './pipeline/PipelineVersions';
import { NextOnClock } from './pipeline/NextOnClock';
import { Queue } from './pipeline/Queue';
import { StartPipeline } from './pipeline/StartPipeline';
import { Triggers } from './pipeline/Triggers';
import '../styles/pipeline.css';

const HeatGraph = lazy(() =>
  withTexts(import('../components/heat/HeatGraph'), 'heat', 'graph').then(({ HeatGraph }) => ({ default: HeatGraph })),
);
const Calendar = lazy(() =>
  withTexts(import('./schedules/calendar/Calendar'), 'calendar').then(({ Calendar }) => ({ default: Calendar })),
);
const Metrics = lazy(() => withTexts(import('../components/metrics/Metrics'), 'metrics', 'histogram').then(({ Metrics }) => ({ default: Metrics })));
const route = getRouteApi('/pipelines/$name');

/** One pipeline: its tasks in its runs, what starts it, its versions. */
export function Pipeline() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const { tab = 'grid' } = search;
  const navigate = useNavigate();
  const [isStarting, setStarting] = useState(false);
  const view = useQuery({ queryKey: ['pipeline', name], queryFn: () => pipelines.view(name) });
  useFresh(['pipeline', name], ['pipelines'], ['figures']);
  const change = (next: WorkflowSearch<PipelineTab>) => {
    const { only, ...rest } = { ...search, ...next };
    void navigate({ to: '/pipelines/$name', params: { name }, search: only ? { ...rest, only } : rest, replace: true });
  };
  const pipeline = view.data;
  if (pipeline === undefined && isNobody(view.error)) {
    return (
      <Missing title={t('pipelines.missing')} what={t('pipelines.missingHint', { name })}>
        <Link to="/pipelines">{t('pipelines.toAll')}</Link>
      </Missing>
    );
  }
  return (
    <Page
      title={pipeline?.title ?? name}
      tab={name}
      fills
      crumbs={
        <>
          <Link to="/pipelines">{t('frame.pipelines')}</Link>
          {pipeline?.title !== undefined && ` / ${name}`}
        </>
      }
      actions={
        <>
          {pipeline && <PauseButton name={name} isPaused={pipeline.paused !== undefined} />}
          <OpenInStudio of={pipeline?.id} />
          <button type="button" className="primary" disabled={!pipeline} onClick={() => setStarting(true)}>
            {t('pipelines.start')}
          </button>
        </>
      }
    >
      <Answer of={view} what={t('pipelines.one')}>
        {(shown) => (
          <>
            <Facts pipeline={shown} />
            <Tabs
              label={t('pipelines.parts')}
              tabs={PIPELINE_TABS.map((id) => ({ id, label: t(`pipelines.${id}`) }))}
              current={tab}
              onChange={(tab) => change({ tab })}
            >
              <Part tab={tab} pipeline={shown} search={search} onChange={change} />
            </Tabs>
            {isStarting && <StartPipeline pipeline={shown} onClose={() => setStarting(false)} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

interface PartProps {
  tab: PipelineTab;
  pipeline: DescribedPipeline;
  search: WorkflowSearch<PipelineTab>;
  onChange: (next: WorkflowSearch<PipelineTab>) => void;
}

function Part({ tab, pipeline, search, onChange }: PartProps) {
  const graph = useMemo(() => ofPipeline(pipeline.graph), [pipeline.graph]);
  switch (tab) {
    case 'grid':
      return <Grid name={pipeline.name} graph={graph} only={search.only} onOnly={(only) => onChange({ tab, only: only ?? '' })} />;
    case 'graph':
      return (
        <Suspense fallback={null}>
          <HeatGraph workflow={pipeline.id} graph={graph} heat={search.heat ?? 'failures'} step={search.step} onChange={onChange} />
        </Suspense>
      );
    case 'calendar':
      return (
        <Suspense fallback={null}>
          <Calendar workflow={pipeline.id} period={search.period ?? 'month'} {...(search.date && { date: search.date })} onChange={onChange} />
        </Suspense>
      );
    case 'runs':
      return <RunsOf workflow={pipeline.id} />;
    case 'metrics':
      return (
        <Suspense fallback={null}>
          <Metrics workflow={pipeline.id} since={search.since ?? '24h'} onChange={(since) => onChange({ since })} />
        </Suspense>
      );
    case 'triggers':
      return <Triggers name={pipeline.name} id={pipeline.id} />;
    case 'backfills':
      return <Backfills name={pipeline.name} open={search.backfill} onOpen={(backfill) => onChange({ tab, backfill })} />;
    case 'versions':
      return <PipelineVersions name={pipeline.name} id={pipeline.id} />;
    case 'code':
      return <CodeView title={t('pipelines.versionTitle', { number: pipeline.version.number })} text={pipeline.definition} />;
  }
}

function Facts({ pipeline }: { pipeline: DescribedPipeline }) {
  const { version, owner, description, paused } = pipeline;
  return (
    <>
      {description && <p>{description}</p>}
      <p className="facts">
        <span>
          {rich('pipelines.versionAt', { number: version.number, time: <When at={version.created} /> })}
        </span>
        {owner && <span>{owner}</span>}
        <NextOnClock name={pipeline.name} />
      </p>
      {paused && (
        <p className="stale">
          {rich('pipelines.pausedSince', { time: <When at={paused.at} /> })}{' '}
          {paused.by && t('pipelines.pausedBy', { name: paused.by })}
          {paused.reason && `: ${paused.reason}`}
        </p>
      )}
      <Queue name={pipeline.name} />
    </>
  );
}
