import { type ReactNode, useMemo } from 'react';
import { JsonView } from '../../../components/JsonView';
import { Split } from '../../../components/Split';
import { t } from '../../../i18n/text';
import type { RunEvent, Step } from '../../../api/types';
import { EVENT_ROWS, type EventRows } from '../../../router';
import type { Entry, EventOfState } from '../../../state/history';
import { AllEvents } from './AllEvents';
import { Entries } from './Entries';
import { EventDetails } from './EventDetails';

interface Props {
  /** Those that are there so far, from the first one on or from the last one. */
  all: readonly EventOfState[];
  /** When the history begins. */
  began: string;
  total: number;
  /** Brings more of them; without it, all are there. */
  more?: (() => void) | undefined;
  rows: EventRows;
  onRows: (rows: EventRows) => void;
  /** The event that is looked at. */
  open: number | undefined;
  onOpen: (event: number) => void;
  /** What the events shown have in their numbers, types, steps or details. */
  filter: string;
  onFilter: (text: string) => void;
  onSelect?: (state: string) => void;
  /** What the run tells of a state; a history from a file has all events. */
  stepOf?: (state: string) => Step | undefined;
  ofTasks?: boolean;
  /** Keeps all of them as a file. */
  download: () => void;
  /** What else can be chosen. */
  children?: ReactNode;
}

/** The events of a history: one by one, by the entries of states, or as JSON. */
export function EventList(props: Props) {
  const { all, began, total, more, rows, onRows, open, onOpen, filter, onFilter, onSelect, stepOf, ofTasks = false, download, children } = props;
  const events = useMemo(() => all.filter((event) => hasText(event, filter)), [all, filter]);
  const chosen = all.find((event) => event.id === open);
  const fits = (entry: Entry) => filter === '' || entry.events.some((event) => hasText({ ...event, state: entry.state }, filter));
  return (
    <div className="stack">
      <search className="filters">
        <div className="segments" role="group" aria-label={t('run.showAs')}>
          {EVENT_ROWS.map((one) => (
            <button key={one} type="button" aria-pressed={one === rows} onClick={() => onRows(one)}>{t(`run.events_${one}`)}</button>
          ))}
        </div>
        <label>
          {t('run.filterEvents')} <input value={filter} spellCheck={false} onChange={({ target }) => onFilter(target.value)} />
        </label>
        {filter !== '' && <span className="hint" role="status">{t('run.eventsFound', { n: events.length })}</span>}
        {children}
        <button type="button" className="at-end" onClick={download}>{t('run.downloadEvents')}</button>
      </search>
      {rows === 'json' ? (
        <JsonView title={t('run.events')} text={JSON.stringify(events)} />
      ) : (
        <Split>
          {rows === 'compact' ? (
            <Entries events={all} fits={fits} open={open} onOpen={onOpen} more={more} stepOf={stepOf} ofTasks={ofTasks} />
          ) : (
            <AllEvents events={events} began={began} total={filter === '' ? total : events.length} open={open} onOpen={onOpen} more={more} />
          )}
          {chosen && <EventDetails event={chosen} onSelect={onSelect} />}
        </Split>
      )}
    </div>
  );
}

function hasText({ id, type, state = '', details }: EventOfState, text: string): boolean {
  return text === '' || `${id} ${type} ${state} ${textOf(details)}`.toLowerCase().includes(text.toLowerCase());
}

const texts = new WeakMap<object, string>();

/** What an event tells does not change: it is written once for all that is looked for. */
function textOf(details: RunEvent['details']): string {
  const known = texts.get(details);
  if (known !== undefined) return known;
  // Input and output are JSON texts: as texts in a text they would have their quotes masked.
  const text = Object.entries(details).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
  texts.set(details, text);
  return text;
}
