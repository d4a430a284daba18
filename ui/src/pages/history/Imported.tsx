import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Run, RunEvent, RunStatus } from '../../api/types';
import { Status } from '../../components/Glyph';
import { Tabs } from '../../components/Tabs';
import { t } from '../../i18n/text';
import { HISTORY_TABS, type HistorySearch } from '../../router';
import { between, duration, instant } from '../../state/format';
import { keepFile } from '../../state/files';
import { type EventOfState, entriesOf, stepsOf } from '../../state/history';
import { isOver, ofRun } from '../../state/status';
import { StepStore } from '../../state/stepStore';
import { EventList } from '../run/events/EventList';
import { TimelineTab } from '../run/TimelineTab';

const route = getRouteApi('/history');

/** A history that was read, as the page of a run shows one. */
export function Imported({ name, events }: { name: string; events: readonly RunEvent[] }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { tab = 'events', rows = 'compact', event, q = '', step } = search;
  const put = (search: HistorySearch) => void navigate({ to: '/history', search, replace: true });
  const change = (next: HistorySearch) => put({ ...search, ...next });
  const run = useMemo(() => runOf(name, events), [name, events]);
  const { store, all } = useMemo(() => told(events), [events]);
  const show = (state: string) => change({ tab: 'events', rows: 'compact', q: state, step: state });
  return (
    <>
      <p className="facts">
        <Status status={ofRun(run.status)} />
        <span>{duration(between(run.started, run.stopped, Date.parse(events.at(-1)!.at)))}</span>
        <time dateTime={run.started} title={run.started}>{instant(run.started)}</time>
        <span>{t('history.events', { n: events.length })}</span>
      </p>
      <Tabs label={t('run.parts')} tabs={HISTORY_TABS.map((id) => ({ id, label: t(`run.tab_${id}`) }))} current={tab} onChange={(tab) => change({ tab })}>
        {tab === 'events' ? (
          <EventList
            all={all}
            began={run.started}
            total={events.length}
            rows={rows}
            onRows={(rows) => change({ rows })}
            open={event}
            onOpen={(event) => change({ event })}
            filter={q}
            onFilter={(text) => put(withFilter(search, text))}
            download={() => keepFile(name, JSON.stringify({ events }, null, 2))}
          />
        ) : (
          <TimelineTab
            run={run}
            store={store}
            step={step ?? null}
            onSelect={show}
            events={events}
            view={search}
            onView={(view) => put({ ...withoutView(search), ...view })}
          />
        )}
      </Tabs>
    </>
  );
}

function withFilter(search: HistorySearch, text: string): HistorySearch {
  const { q: _, ...rest } = search;
  return text === '' ? rest : { ...rest, q: text };
}

function withoutView(search: HistorySearch): HistorySearch {
  const { from: _from, to: _to, idle: _idle, ...rest } = search;
  return rest;
}

/** What became of the states, and the state of each event. */
function told(events: readonly RunEvent[]): { store: StepStore; all: EventOfState[] } {
  const entries = entriesOf(events);
  const states = new Map(entries.flatMap(({ state, events }) => events.map(({ id }) => [id, state] as const)));
  const store = new StepStore();
  store.apply(stepsOf(entries), events.at(-1)!.id);
  return { store, all: events.map((event) => ({ ...event, state: states.get(event.id) })) };
}

/** What a history says of the run it is of. */
function runOf(name: string, events: readonly RunEvent[]): Run {
  const end = events.findLast(({ type }) => type.startsWith('Execution'));
  const status = ENDS[end?.type ?? ''] ?? 'RUNNING';
  return {
    id: '', name, workflow: '', workflowName: '', status, isQuarantined: false, redriveCount: 0,
    started: events[0]!.at,
    // What it has not told yet is not known: its last event is the end of what is shown.
    stopped: isOver(status) ? end!.at : events.at(-1)!.at,
  };
}

const ENDS: Record<string, RunStatus> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};
