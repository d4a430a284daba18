import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, at } from '../../api/client';
import { views } from '../../api/jobs';
import type { RunHistogram, SavedView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { RunsSearch } from '../../router';
import { commandsOf } from '../../state/commands';
import { deleteAs, textOf as fieldOf } from '../../state/equivalents';
import { amount } from '../../state/format';
import { useFresh } from '../../state/fresh';
import { filterOf } from '../../state/runFilter';
import { isNarrowed, isShownBy, searchOf, textOf } from '../../state/savedViews';
import { PEOPLE as PEOPLE_WAIT } from '../../state/waitingPeople';

/** What failed and nobody has dismissed. */
const OPEN = { open: true } as const;
/** Where people are asked something. */
const PEOPLE = { q: PEOPLE_WAIT } as const;
/** A view that is not shown is counted so often. */
const COUNT_MS = 60_000;

/** The views that people saved, and saving what is shown as one. */
export function Views({ search }: { search: RunsSearch }) {
  const [asked, setAsked] = useState<SavedView | 'new' | null>(null);
  const list = useQuery({ queryKey: ['views'], queryFn: views.list });
  const items = list.data?.items ?? [];
  const shown = items.find((view) => isShownBy(view, search));
  const isFiltered = isNarrowed(search);
  return (
    <nav className="views" aria-label={t('bulk.views')}>
      <Link to="/runs" search={{ view: 'all' }} aria-current={isFiltered ? undefined : 'page'}>
        {t('bulk.allRuns')}
      </Link>
      <Link to="/runs" search={OPEN} aria-current={textOf(search) === textOf(OPEN) ? 'page' : undefined}>
        {t('bulk.openFailures')}
        <FreshCount of={OPEN} />
      </Link>
      <Link to="/runs" search={PEOPLE} aria-current={textOf(search) === textOf(PEOPLE) ? 'page' : undefined}>
        {t('bulk.waitingPeople')}
        <FreshCount of={PEOPLE} />
      </Link>
      {items.map((view) => (
        <Link
          key={view.id}
          to="/runs"
          search={searchOf(view)}
          aria-current={view === shown ? 'page' : undefined}
          title={view.team ? t('bulk.teamBy', { by: view.by }) : t('bulk.mine')}
        >
          {view.name}
          {view.isDefault && <span className="hint"> {t('bulk.first')}</span>}
          {view.team && <span className="hint"> {t('bulk.team')}</span>}
          <ViewCount search={searchOf(view)} />
        </Link>
      ))}
      {shown ? (
        <button type="button" className="quiet small" onClick={() => setAsked(shown)}>
          {t('bulk.changeView')}
        </button>
      ) : (
        <button type="button" className="quiet small" disabled={!isFiltered && !search.columns} onClick={() => setAsked('new')}>
          {t('bulk.saveView')}
        </button>
      )}
      {asked === 'new' && <SaveDialog search={search} onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'new' && <ChangeDialog view={asked} onClose={() => setAsked(null)} />}
    </nav>
  );
}

/** How many runs a view shows that everybody has. */
function FreshCount({ of }: { of: typeof OPEN | typeof PEOPLE }) {
  // The histogram of these runs asks the same.
  const counted = useQuery({ queryKey: ['histogram', of], queryFn: () => api.histogram(of) });
  useFresh(['histogram', of]);
  return <Count of={counted.data} />;
}

/** How many runs a view shows; one of steps is not counted. */
function ViewCount({ search }: { search: RunsSearch }) {
  const counted = useQuery({
    queryKey: ['count', textOf(search)],
    queryFn: () => api.histogram(filterOf(search)),
    refetchInterval: COUNT_MS,
    enabled: !search.show,
    // A view may be written for another release.
    retry: false,
  });
  return <Count of={counted.data} />;
}

function Count({ of }: { of: Pick<RunHistogram, 'total' | 'isPartial'> | undefined }) {
  if (!of?.total) return null;
  const total = amount(of.total);
  return <span className="count">{of.isPartial ? t('bulk.orMore', { n: total }) : total}</span>;
}

/** Goes to the view that the reader begins with, where the address says nothing. */
export function useFirstView(search: RunsSearch): void {
  const navigate = useNavigate();
  const list = useQuery({ queryKey: ['views'], queryFn: views.list });
  const first = list.data?.items.find(({ isDefault }) => isDefault);
  const isBare = Object.keys(search).length === 0;
  useEffect(() => {
    if (isBare && first) void navigate({ to: '/runs', search: searchOf(first), replace: true });
  }, [isBare, first, navigate]);
}

function useLook() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['views'] });
}

function SaveDialog({ search, onClose }: { search: RunsSearch; onClose: () => void }) {
  const look = useLook();
  const orderOf = (fields: FormData) => ({ name: fieldOf(fields, 'name'), search: textOf(search), team: fields.get('team') === 'on' });
  const as = (fields: FormData) => commandsOf({ method: 'POST', path: '/views', body: orderOf(fields) });
  const save = async (fields: FormData) => {
    await views.save(orderOf(fields));
    await look();
  };
  return (
    <Ask title={t('bulk.saveViewTitle')} verb={t('bulk.save')} needs="viewer" act={save} onClose={onClose} as={as}>
      <Field label={t('bulk.viewName')}>
        <input name="name" required maxLength={100} autoComplete="off" />
      </Field>
      <label className="check">
        <input type="checkbox" name="team" /> {t('bulk.forAll')}
      </label>
    </Ask>
  );
}

const isDeleted = (fields: FormData) => fields.get('delete') === 'on';

/** What others saved can be begun with, and nothing else. */
function changeOf({ isMine }: SavedView, fields: FormData) {
  const isDefault = fields.get('default') === 'on';
  if (!isMine) return { isDefault };
  return { name: fieldOf(fields, 'name'), place: Number(fields.get('place')), isDefault, team: fields.get('team') === 'on' };
}

/** Changes a view, or deletes it. */
function ChangeDialog({ view, onClose }: { view: SavedView; onClose: () => void }) {
  const look = useLook();
  const change = async (fields: FormData) => {
    if (isDeleted(fields)) await views.delete(view.id);
    else await views.change(view.id, changeOf(view, fields));
    await look();
  };
  const path = at`/views/${view.id}`;
  const as = (fields: FormData) => (isDeleted(fields) ? deleteAs(path) : commandsOf({ method: 'PUT', path, body: changeOf(view, fields) }));
  return (
    <Ask title={t('bulk.changeViewTitle', { name: view.name })} verb={t('bulk.save')} needs="viewer" act={change} onClose={onClose} as={as}>
      {view.isMine && (
        <>
          <Field label={t('bulk.viewName')}>
            <input name="name" required maxLength={100} defaultValue={view.name} autoComplete="off" />
          </Field>
          <Field label={t('bulk.place')}>
            <input name="place" type="number" required defaultValue={view.place} />
          </Field>
          <label className="check">
            <input type="checkbox" name="team" defaultChecked={view.team} /> {t('bulk.forAll')}
          </label>
        </>
      )}
      <label className="check">
        <input type="checkbox" name="default" defaultChecked={view.isDefault} /> {t('bulk.beginWith')}
      </label>
      {view.isMine && (
        <label className="check">
          <input type="checkbox" name="delete" /> {t('bulk.deleteView')}
        </label>
      )}
    </Ask>
  );
}
