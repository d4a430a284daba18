import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { drafts } from '../api/drafts';
import { Answer } from '../components/Answer';
import { Page } from '../components/Page';
import { t } from '../i18n/text';
import { Workbench } from './studio/Workbench';
import '../styles/studio.css';
import '../styles/steps.css';

const route = getRouteApi('/studio/$id');

/** A definition that is being written. */
export function Draft() {
  const { id } = route.useParams();
  const { run } = route.useSearch();
  // Whoever comes back wants what was saved, not what was seen before.
  const view = useQuery({ queryKey: ['draft', id], queryFn: () => drafts.view(id), gcTime: 0, staleTime: 0, refetchOnMount: 'always' });
  if (view.data) return <Workbench key={view.data.id} begun={view.data} run={run} />;
  return (
    <Page title={t('frame.studio')}>
      <Answer of={view} what={t('studio.one')}>{() => null}</Answer>
    </Page>
  );
}
