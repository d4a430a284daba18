import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { drafts, type DraftKind } from '../api/drafts';
import type { DraftItem } from '../api/schema';
import { Answer } from '../components/Answer';
import type { Column } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FilterField } from '../components/FilterField';
import { ListTable } from '../components/ListTable';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { t } from '../i18n/text';
import { useList } from '../state/list';
import { NewDraft } from './studio/NewDraft';
import { RemoveDraft } from './studio/RemoveDraft';

/** What the reader is writing, and where something new begins. */
export function Studio() {
  const navigate = useNavigate();
  const [making, setMaking] = useState<DraftKind | null>(null);
  const [removing, setRemoving] = useState<DraftItem | null>(null);
  const list = useQuery({ queryKey: ['drafts'], queryFn: drafts.list, staleTime: 0 });
  const shown = useList();
  const news = (
    <>
      <button type="button" onClick={() => setMaking('PIPELINE')}>{t('studio.newPipeline')}</button>
      <button type="button" className="primary" onClick={() => setMaking('STANDARD')}>{t('studio.newMachine')}</button>
    </>
  );
  return (
    <Page title={t('frame.studio')} fills actions={news}>
      <Answer of={list} what={t('studio.what')}>
        {({ items }) => {
          if (items.length === 0) return <Nothing />;
          return (
            <>
              <FilterField list={shown} />
              <ListTable
                list={shown}
                textsOf={({ name }) => [name || t('studio.unnamed')]}
                label={t('studio.drafts')}
                columns={columns(setRemoving)}
                rows={items}
                keyOf={({ id }) => id}
                onOpen={({ id }) => void navigate({ to: '/studio/$id', params: { id } })}
              />
            </>
          );
        }}
      </Answer>
      {making && <NewDraft kind={making} onClose={() => setMaking(null)} />}
      {removing && <RemoveDraft draft={removing} onClose={() => setRemoving(null)} />}
    </Page>
  );
}

function Nothing() {
  return (
    <Empty title={t('studio.none')}>
      <p>{t('studio.noneHint')}</p>
      <p className="links">
        <Link to="/workflows">{t('frame.workflows')}</Link> <Link to="/pipelines">{t('frame.pipelines')}</Link>
      </p>
    </Empty>
  );
}

function columns(remove: (draft: DraftItem) => void): readonly Column<DraftItem>[] {
  return [
    {
      name: t('studio.name'),
      width: 'minmax(140px, 1.4fr)',
      className: 'cut',
      sort: { by: 'name', of: ({ name }) => name || undefined },
      cell: ({ id, name }) => (
        <Link to="/studio/$id" params={{ id }} className="row-link">
          {name || t('studio.unnamed')}
        </Link>
      ),
    },
    { name: t('studio.kind'), width: '140px', isWide: true, sort: { by: 'kind', of: ({ kind }) => kind }, cell: ({ kind }) => t(kind === 'PIPELINE' ? 'studio.pipeline' : 'studio.machine') },
    { name: t('studio.changes'), width: '120px', isWide: true, cell: ({ of }) => t(of ? 'studio.ofPublished' : 'studio.new') },
    { name: t('studio.savedLast'), width: 'minmax(76px, 160px)', className: 'cut', sort: { by: 'saved', of: ({ modified }) => Date.parse(modified) }, cell: ({ modified }, now) => <When at={modified} now={now} /> },
    {
      name: t('studio.discard'),
      width: '100px',
      cell: (draft) => (
        <button type="button" className="quiet small" onClick={() => remove(draft)}>
          {t('studio.discardAsk')}
        </button>
      ),
    },
  ];
}
