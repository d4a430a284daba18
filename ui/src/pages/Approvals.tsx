import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { approvals } from '../api/approvals';
import type { ApprovalItem } from '../api/schema';
import { Answer } from '../components/Answer';
import type { Column } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { firstLine } from '../components/Markdown';
import { FilterField } from '../components/FilterField';
import { ListTable } from '../components/ListTable';
import { Page } from '../components/Page';
import { Split } from '../components/Split';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import { t } from '../i18n/text';
import type { ApprovalsTab } from '../router';
import { between, duration } from '../state/format';
import { useFresh } from '../state/fresh';
import { useList } from '../state/list';

import { Approval } from './approvals/Approval';
import { Due } from './approvals/Outlook';
import { runName, workflowName } from '../state/arn';

const route = getRouteApi('/approvals');
const STATUS = { open: 'approval', approved: 'succeeded', rejected: 'failed', over: 'aborted' } as const;

function columns(tab: ApprovalsTab, items: readonly ApprovalItem[]): readonly Column<ApprovalItem>[] {
  const due: Column<ApprovalItem> = {
    name: t('approvals.due'),
    width: '96px',
    className: 'cut',
    isWide: true,
    sort: { by: 'due', of: ({ due }) => due && Date.parse(due) },
    cell: (item, now) => <Due item={item} now={now} />,
  };
  return [
    { name: t('approvals.state'), width: '112px', sort: { by: 'state', of: ({ state }) => state }, cell: ({ state }) => <Sign state={state} /> },
    { name: t('approvals.asked'), width: 'minmax(80px, 2fr)', className: 'cut', sort: { by: 'asked', of: titleOf }, cell: (item) => <Title item={item} /> },
    {
      name: t('approvals.run'),
      width: 'minmax(120px, 1fr)',
      className: 'cut mono',
      isWide: true,
      sort: { by: 'run', of: ({ run }) => runName(run) },
      cell: ({ run }) => runName(run),
    },
    ...(tab === 'open' && items.some((item) => item.due !== undefined) ? [due] : []),
    {
      name: t('approvals.since'),
      width: '76px',
      className: 'cut',
      sort: { by: 'since', of: ({ opened }) => Date.parse(opened) },
      cell: ({ opened, state }, now) =>
        state === 'open' ? duration(between(opened, undefined, now)) : <When at={opened} now={now} />,
    },
  ];
}

/** A word of a newer server is shown as it is. */
function Sign({ state }: { state: string }) {
  if (!(state in STATUS)) return <Status status="waiting" word={state} />;
  const known = state as keyof typeof STATUS;
  return <Status status={STATUS[known]} word={t(`approvals.state_${known}`)} />;
}

const titleOf = ({ message, task }: ApprovalItem) => firstLine(message ?? '') || task || t('approvals.approval');

function Title({ item }: { item: ApprovalItem }) {
  const navigate = useNavigate({ from: '/approvals' });
  const open = () => void navigate({ search: (before) => ({ ...before, id: item.id }) });
  return (
    <button type="button" className="row-link" onClick={open}>
      {titleOf(item)}
    </button>
  );
}

/** What people are asked, and what they said. */
export function Approvals() {
  const { id, ...search } = route.useSearch();
  const { tab = 'open' } = search;
  const navigate = useNavigate();
  const list = useQuery({ queryKey: ['approvals', tab], queryFn: () => approvals.list(tab) });
  useFresh(['approvals']);
  const shown = useList();
  const select = (next: string | undefined) =>
    void navigate({ to: '/approvals', search: next ? { ...search, id: next } : search });
  return (
    <Page title={t('frame.approvals')} fills>
      <Tabs
        label={t('frame.approvals')}
        tabs={[
          { id: 'open', label: t('approvals.inbox') },
          { id: 'closed', label: t('approvals.done') },
        ]}
        current={tab}
        onChange={(next: ApprovalsTab) => void navigate({ to: '/approvals', search: next === 'open' ? {} : { tab: next } })}
      >
        <Answer of={list} what={t('approvals.what')}>
          {({ items, next }) => {
            const sorted = items.toSorted((a, b) => Date.parse(a.opened) - Date.parse(b.opened));
            // A link from elsewhere may be about one that is over; it says so.
            const chosen = sorted.find((item) => item.id === id) ?? (id === undefined && tab === 'open' ? sorted[0] : undefined);
            if (sorted.length === 0) return <Nothing tab={tab} />;
            return (
              <div className="stack">
                <FilterField list={shown} />
                <Split>
                  <ListTable
                    list={shown}
                    textsOf={(item) => [titleOf(item), item.task, runName(item.run), workflowName(item.run)]}
                    label={tab === 'open' ? t('approvals.openLabel') : t('approvals.closedLabel')}
                    columns={columns(tab, items)}
                    rows={sorted}
                    keyOf={(item) => item.id}
                    open={chosen?.id}
                    onOpen={(item) => select(item.id)}
                    isMore={next !== undefined}
                    isTicking={tab === 'open'}
                  />
                  {chosen ? (
                    <Approval key={chosen.id} item={chosen} />
                  ) : (
                    <aside className="inspector" aria-label={t('approvals.approval')}>
                      <p className="hint">
                        {id === undefined ? t('approvals.select') : t('approvals.notHere')}
                      </p>
                    </aside>
                  )}
                </Split>
              </div>
            );
          }}
        </Answer>
      </Tabs>
    </Page>
  );
}

function Nothing({ tab }: { tab: ApprovalsTab }) {
  return tab === 'open' ? (
    <Empty title={t('approvals.nobody')}>
      <p>{t('approvals.nobodyHint')}</p>
    </Empty>
  ) : (
    <Empty title={t('approvals.nothingDecided')} />
  );
}

