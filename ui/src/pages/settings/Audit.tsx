import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { access, type AuditFilter } from '../../api/access';
import type { AuditItem } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { Status } from '../../components/Glyph';
import { Modal } from '../../components/Modal';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { shortArn } from '../../state/arn';

const STATUS: Record<AuditItem['outcome'], StepStatus> = { done: 'succeeded', failed: 'failed', refused: 'blocked' };
const OUTCOMES = ['done', 'failed', 'refused'] as const;
const SINCE = ['1h', '24h', '7d'] as const;
const route = getRouteApi('/settings');

/** What was changed, by whom and from where, newest first. */
export function Audit() {
  const { tab: _, ...filter } = route.useSearch();
  const [open, setOpen] = useState<AuditItem | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => access.audit(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  // A page may hold nothing that the filter lets through, and others follow it.
  const goOn = () => void (pages.hasNextPage && !pages.isFetching && pages.fetchNextPage());
  return (
    <section className="audit" aria-label={t('access.audit')}>
      <Filters filter={filter} />
      {pages.isError && <Problem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && items.length === 0 && !pages.hasNextPage && (
        <Empty title={t(Object.keys(filter).length > 0 ? 'access.noneFound' : 'access.noRecord')}>
          <p>{t('access.noRecordHint')}</p>
        </Empty>
      )}
      {items.length > 0 && (
        <DataTable
          label={t('access.audit')}
          columns={columns(setOpen)}
          rows={items}
          keyOf={({ id }) => String(id)}
          isMore={pages.hasNextPage}
          onEnd={goOn}
          onOpen={setOpen}
        />
      )}
      {items.length === 0 && pages.hasNextPage && (
        <button type="button" onClick={goOn}>
          {t('access.older')}
        </button>
      )}
      {open && <Details item={open} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Filters({ filter }: { filter: AuditFilter }) {
  const navigate = useNavigate();
  const set = (change: AuditFilter) => {
    const wanted = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    void navigate({ to: '/settings', search: { tab: 'audit', ...Object.fromEntries(wanted) }, replace: true });
  };
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name)).trim();
    set({ who: text('who'), action: text('action'), on: text('on') });
  };
  return (
    <search>
      <form className="filters" onSubmit={search}>
        {(['who', 'action', 'on'] as const).map((name) => (
          <label key={name}>
            {t(`access.${name}`)}
            <input key={filter[name]} name={name} defaultValue={filter[name]} size={14} spellCheck={false} autoComplete="off" />
          </label>
        ))}
        <label>
          {t('access.outcome')}
          <select value={filter.outcome ?? ''} onChange={({ target }) => set({ outcome: target.value })}>
            <option value="">{t('access.any')}</option>
            {OUTCOMES.map((one) => (
              <option key={one} value={one}>
                {t(`access.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('access.since')}
          <select value={filter.since ?? ''} onChange={({ target }) => set({ since: target.value })}>
            <option value="">{t('access.ever')}</option>
            {SINCE.map((one) => (
              <option key={one} value={one}>
                {t(`access.last_${one}`)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">{t('access.find')}</button>
      </form>
    </search>
  );
}

function columns(open: (item: AuditItem) => void): readonly Column<AuditItem>[] {
  return [
    { name: t('access.at'), width: '130px', narrow: '66px', className: 'cut', cell: ({ at }, now) => <When at={at} now={now} /> },
    { name: t('access.outcome'), width: '110px', isWide: true, cell: ({ outcome }) => <Status status={STATUS[outcome]} word={t(`access.${outcome}`)} /> },
    { name: t('access.who'), width: 'minmax(80px, 150px)', narrow: 'minmax(40px, 1fr)', className: 'cut', cell: ({ who }) => who ?? <span className="hint">{t('access.unknown')}</span> },
    {
      name: t('access.action'),
      width: 'minmax(110px, 170px)',
      narrow: 'minmax(70px, 1.6fr)',
      className: 'cut mono',
      cell: (item) => (
        <button type="button" className="action mono" aria-label={t('access.detailsOf', { action: item.action, id: item.id })} onClick={() => open(item)}>
          {item.action}
        </button>
      ),
    },
    { name: t('access.on'), width: 'minmax(100px, 1.4fr)', narrow: 'minmax(50px, 1.6fr)', className: 'cut mono', cell: ({ on }) => <span title={on}>{on && shortArn(on)}</span> },
    { name: t('access.details'), width: 'minmax(80px, 1fr)', className: 'cut', isWide: true, cell: ({ details, error }) => error ?? told(details) },
    { name: t('access.from'), width: '120px', className: 'cut mono', isWide: true, cell: ({ from }) => from },
  ];
}

function told(details: AuditItem['details']): string {
  return Object.entries(details).map(([name, value]) => `${name}: ${String(value)}`).join(' · ');
}

function Details({ item, onClose }: { item: AuditItem; onClose: () => void }) {
  const { at, who, credential, role, on, from, outcome, error, details } = item;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [t('access.who'), who ?? t('access.unknown')],
    [t('access.with'), credential],
    [t('access.role'), role && t(`common.role_${role}`)],
    [t('access.on'), on],
    [t('access.from'), from],
    [t('access.outcome'), [t(`access.${outcome}`), error].filter(Boolean).join(': ')],
    ...Object.entries(details).map(([name, value]) => [name, String(value)] as const),
  ];
  return (
    <Modal title={item.action} onClose={onClose}>
      <dl className="facts-list form">
        <div>
          <dt>{t('access.at')}</dt>
          <dd>
            <When at={at} />
          </dd>
        </div>
        {facts.filter(([, value]) => value).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
