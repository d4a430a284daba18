import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { platform } from '../../api/platform';
import type { ConnectionView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import type { Column } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { ListTable } from '../../components/ListTable';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import type { List } from '../../state/list';
import { ConnectionForm } from './ConnectionForm';
import { DeleteConnection } from './DeleteConnection';
import { TestConnection } from './TestConnection';

type Asked = { what: 'new' } | { what: 'change' | 'test' | 'delete'; connection: ConnectionView };

const STATE: Record<string, StepStatus> = { AUTHORIZED: 'succeeded', AUTHORIZING: 'running', DEAUTHORIZED: 'failed' };

/** What HTTP tasks say they are: made, tried out, changed and deleted here. */
export function Connections({ list }: { list: List }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const connections = useQuery({ queryKey: ['connections'], queryFn: platform.connections });
  const close = () => setAsked(null);
  return (
    <section className="block" aria-label={t('secrets.connections')}>
      <div className="page-head">
        <h2>{t('secrets.connections')}</h2>
        <button type="button" className="small" onClick={() => setAsked({ what: 'new' })}>
          {t('connections.new')}
        </button>
      </div>
      <Answer of={connections} what={t('secrets.theConnections')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="hint">{t('secrets.noConnection')}</p>
          ) : (
            <ListTable list={list} textsOf={({ name }) => [name]} label={t('secrets.connections')} fits columns={columns(setAsked)} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Answer>
      {asked?.what === 'new' && <ConnectionForm onClose={close} />}
      {asked?.what === 'change' && <ConnectionForm connection={asked.connection} onClose={close} />}
      {asked?.what === 'test' && <TestConnection connection={asked.connection} onClose={close} />}
      {asked?.what === 'delete' && <DeleteConnection connection={asked.connection} onClose={close} />}
    </section>
  );
}

function columns(ask: (asked: Asked) => void): readonly Column<ConnectionView>[] {
  return [
    { name: t('secrets.state'), width: '140px', sort: { by: 'connection-state', of: ({ state }) => stateWord(state) }, cell: ({ state }) => <Status status={STATE[state] ?? 'waiting'} word={stateWord(state)} /> },
    { name: t('secrets.name'), width: 'minmax(80px, 1fr)', className: 'cut mono', sort: { by: 'connection', of: ({ name }) => name }, cell: ({ name }) => name },
    {
      name: t('secrets.provesBy'),
      width: '170px',
      className: 'cut',
      isWide: true,
      cell: ({ authorization }) => t(`secrets.by_${authorization as 'API_KEY' | 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS'}`),
    },
    { name: t('secrets.changed'), width: '130px', className: 'cut', isWide: true, sort: { by: 'changed', of: ({ modified }) => Date.parse(modified) }, cell: ({ modified }, now) => <When at={modified} now={now} /> },
    { name: t('secrets.why'), width: 'minmax(60px, 1fr)', className: 'cut', isWide: true, cell: ({ reason }) => reason },
    {
      name: t('secrets.change'),
      width: '230px',
      cell: (connection) =>
        (['test', 'change', 'delete'] as const).map((what) => (
          <button
            key={what}
            type="button"
            className="small"
            aria-label={t(`connections.${what}Of`, { name: connection.name })}
            onClick={() => ask({ what, connection })}
          >
            {t(`connections.${what}`)}
          </button>
        )),
    },
  ];
}

/** A state that a newer server has is shown as it names it. */
function stateWord(state: string): string {
  const known = ['authorized', 'authorizing', 'deauthorized'] as const;
  const found = known.find((word) => word === state.toLowerCase());
  return found ? t(`secrets.${found}`) : state;
}
