import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { approvals } from '../api/approvals';
import type { ApprovalItem } from '../api/schema';
import { Answer } from '../components/Answer';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { firstLine } from '../components/Markdown';
import { Page } from '../components/Page';
import { Tabs } from '../components/Tabs';
import { When } from '../components/When';
import type { ApprovalsTab } from '../router';
import { between, duration } from '../state/format';
import { useFresh } from '../state/fresh';
import type { StepStatus } from '../api/types';
import { Approval } from './approvals/Approval';
import { runName } from '../state/arn';

const route = getRouteApi('/approvals');
const TABS = [
  { id: 'open', label: 'Inbox' },
  { id: 'closed', label: 'Done' },
] as const;
const STATUS: Record<string, StepStatus> = { open: 'approval', approved: 'succeeded', rejected: 'failed', over: 'aborted' };

const COLUMNS: readonly Column<ApprovalItem>[] = [
  {
    name: 'State',
    width: '132px',
    cell: ({ state }) => <Status status={STATUS[state] ?? 'waiting'} word={state === 'open' ? 'Open' : word(state)} />,
  },
  {
    name: 'Asked',
    width: 'minmax(80px, 2fr)',
    className: 'cut',
    cell: (item) => <Title item={item} />,
  },
  { name: 'Run', width: 'minmax(120px, 1fr)', className: 'cut mono', isWide: true, cell: ({ run }) => runName(run) },
  {
    name: 'Since',
    width: '76px',
    className: 'cut',
    cell: ({ opened, state }, now) =>
      state === 'open' ? duration(between(opened, undefined, now)) : <When at={opened} now={now} />,
  },
];

function Title({ item }: { item: ApprovalItem }) {
  const navigate = useNavigate({ from: '/approvals' });
  const open = () => void navigate({ search: (before) => ({ ...before, id: item.id }) });
  return (
    <button type="button" className="row-link" onClick={open}>
      {firstLine(item.message ?? '') || item.task || 'Approval'}
    </button>
  );
}

/** What people are asked, and what they said. */
export function Approvals() {
  const { id, tab = 'open' } = route.useSearch();
  const navigate = useNavigate();
  const list = useQuery({ queryKey: ['approvals', tab], queryFn: () => approvals.list(tab) });
  useFresh(['approvals']);
  const select = (next: string | undefined) =>
    void navigate({ to: '/approvals', search: { ...(tab !== 'open' && { tab }), ...(next && { id: next }) } });
  return (
    <Page title="Approvals" fills>
      <Tabs
        label="Approvals"
        tabs={TABS}
        current={tab}
        onChange={(next: ApprovalsTab) => void navigate({ to: '/approvals', search: next === 'open' ? {} : { tab: next } })}
      >
        <Answer of={list} what="the approvals">
          {({ items }) => {
            const sorted = items.toSorted((a, b) => Date.parse(a.opened) - Date.parse(b.opened));
            // A link from elsewhere may be about one that is over; it says so.
            const chosen = sorted.find((item) => item.id === id) ?? (id === undefined && tab === 'open' ? sorted[0] : undefined);
            if (sorted.length === 0) return <Nothing tab={tab} />;
            return (
              <div className="split">
                <DataTable
                  label={tab === 'open' ? 'Open approvals' : 'Approvals that are over'}
                  columns={COLUMNS}
                  rows={sorted}
                  keyOf={(item) => item.id}
                  open={chosen?.id}
                  onOpen={(item) => select(item.id)}
                  isTicking={tab === 'open'}
                />
                {chosen ? (
                  <Approval key={chosen.id} item={chosen} onDecided={() => select(undefined)} />
                ) : (
                  <aside className="inspector" aria-label="Approval">
                    <p className="hint">
                      {id === undefined ? 'Select an approval to see what was decided.' : 'This approval is not in this list. It may be over.'}
                    </p>
                  </aside>
                )}
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
    <Empty title="Nobody is asked anything">
      <p>A task of a pipeline with “approve” asks here, and waits until enough people have decided.</p>
    </Empty>
  ) : (
    <Empty title="Nothing was decided yet" />
  );
}

function word(state: string): string {
  return state.charAt(0).toUpperCase() + state.slice(1);
}
