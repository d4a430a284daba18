import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { drafts } from '../api/drafts';
import { Answer } from '../components/Answer';
import { Page } from '../components/Page';
import { t } from '../i18n/text';
import { Workbench } from './studio/Workbench';
import '../styles/draft-graph.css';
import '../styles/changes.css';
import '../styles/drawer.css';
import '../styles/studio.css';
import '../styles/steps.css';

const route = getRouteApi('/studio/$id');

/** A definition that is being written. */
export function Draft() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const keep = (step: string | null) => {
    const { step: before, ...rest } = search;
    if ((before ?? null) === step) return;
    void navigate({ to: '/studio/$id', params: { id }, search: step === null ? rest : { ...rest, step }, replace: true });
  };
  // Whoever comes back wants what was saved, not what was seen before.
  const view = useQuery({ queryKey: ['draft', id], queryFn: () => drafts.view(id), gcTime: 0, staleTime: 0, refetchOnMount: 'always' });
  if (view.data) return <Workbench key={view.data.id} begun={view.data} run={search.run} shown={search.step} onStep={keep} />;
  return (
    <Page title={t('frame.studio')}>
      <Answer of={view} what={t('studio.one')}>{() => null}</Answer>
    </Page>
  );
}
