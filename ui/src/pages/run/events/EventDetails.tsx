import type { RunEvent } from '../../../api/types';
import { JsonView } from '../../../components/JsonView';
import { t } from '../../../i18n/text';
import type { EventOfState } from '../../../state/history';

interface Props {
  event: EventOfState;
  /** Shows the state of the event in the graph, where there is one. */
  onSelect: ((state: string) => void) | undefined;
}

/** All that one event tells. */
export function EventDetails({ event, onSelect }: Props) {
  return (
    <aside className="inspector" aria-label={t('run.event', { id: String(event.id) })}>
      <header>
        <h2>{event.type}</h2>
        <p className="hint">{t('run.eventAfter', { id: String(event.id), previous: String(event.previous) })}</p>
        <time className="mono" dateTime={event.at}>{event.at}</time>
      </header>
      <Details event={event} />
      {event.state !== undefined && onSelect && (
        <button type="button" onClick={() => onSelect(event.state!)}>{t('run.showInGraph', { step: event.state })}</button>
      )}
    </aside>
  );
}

/** JSON texts among the details are laid out, each for itself; what is short stands in a list. */
function Details({ event }: { event: RunEvent }) {
  const entries = Object.entries(event.details).filter(([, value]) => typeof value !== 'object');
  const isData = (name: string) => ['input', 'output', 'parameters'].includes(name);
  return (
    <>
      <dl className="facts-list">
        {entries.filter(([name]) => !isData(name)).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
      {entries.filter(([name]) => isData(name)).map(([name, value]) => (
        <JsonView key={name} title={name} text={String(value)} />
      ))}
    </>
  );
}
