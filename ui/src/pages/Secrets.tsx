import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { platform } from '../api/platform';
import type { ConnectionView, SecretItem } from '../api/schema';
import type { StepStatus } from '../api/types';
import { Answer } from '../components/Answer';
import { Ask } from '../components/Ask';
import { type Column, DataTable } from '../components/DataTable';
import { Field } from '../components/Field';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { useFresh } from '../state/fresh';

type Asked = { what: 'new' } | { what: 'set' | 'delete'; name: string };

/** What tasks prove themselves with. Values go in, and never come out. */
export function Secrets() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const secrets = useQuery({ queryKey: ['secrets'], queryFn: platform.secrets });
  const connections = useQuery({ queryKey: ['connections'], queryFn: platform.connections });
  useFresh(['secrets'], ['connections']);
  return (
    <Page title="Secrets & connections">
      <section className="block" aria-label="Secrets">
        <div className="page-head">
          <h2>Secrets</h2>
          <button type="button" className="primary" onClick={() => setAsked({ what: 'new' })}>
            New secret…
          </button>
        </div>
        <Answer of={secrets} what="the secrets">
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">
                Pipelines name a secret as {'${{ secrets.NAME }}'}. It is stored sealed, masked in logs, and never shown.
              </p>
            ) : (
              <DataTable label="Secrets" fits columns={columns(setAsked)} rows={items} keyOf={({ name }) => name} />
            )
          }
        </Answer>
      </section>
      <section className="block" aria-label="Connections">
        <h2>Connections</h2>
        <Answer of={connections} what="the connections">
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">HTTP tasks of state machines call as a connection says. CreateConnection makes one.</p>
            ) : (
              <DataTable label="Connections" fits columns={CONNECTIONS} rows={items} keyOf={({ id }) => id} />
            )
          }
        </Answer>
      </section>
      {asked && <Dialog asked={asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function columns(ask: (asked: Asked) => void): readonly Column<SecretItem>[] {
  return [
    { name: 'Name', width: 'minmax(90px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
    { name: 'Set', width: '150px', className: 'cut', isWide: true, cell: ({ modified }, now) => <When at={modified} now={now} /> },
    { name: 'Created', width: '150px', isWide: true, cell: ({ created }, now) => <When at={created} now={now} /> },
    {
      name: 'Change',
      width: '170px',
      cell: ({ name }) => (
        <>
          <button type="button" className="small" aria-label={`Set ${name} anew`} onClick={() => ask({ what: 'set', name })}>
            Set anew…
          </button>{' '}
          <button type="button" className="small" aria-label={`Delete ${name}`} onClick={() => ask({ what: 'delete', name })}>
            Delete…
          </button>
        </>
      ),
    },
  ];
}

const STATE: Record<string, StepStatus> = { AUTHORIZED: 'succeeded', AUTHORIZING: 'running', DEAUTHORIZED: 'failed' };

const CONNECTIONS: readonly Column<ConnectionView>[] = [
  {
    name: 'State',
    width: '140px',
    cell: ({ state }) => <Status status={STATE[state] ?? 'waiting'} word={state.charAt(0) + state.slice(1).toLowerCase()} />,
  },
  { name: 'Name', width: 'minmax(80px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
  { name: 'Proves itself by', width: '200px', className: 'cut', isWide: true, cell: ({ authorization }) => authorization.toLowerCase().replaceAll('_', ' ') },
  { name: 'Changed', width: '140px', className: 'cut', isWide: true, cell: ({ modified }, now) => <When at={modified} now={now} /> },
  { name: 'Why', width: 'minmax(80px, 1fr)', className: 'cut', isWide: true, cell: ({ reason }) => reason },
];

function Dialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const queries = useQueryClient();
  const act = async (fields: FormData) => {
    const name = asked.what === 'new' ? String(fields.get('name')).trim() : asked.name;
    if (asked.what === 'delete') await platform.deleteSecret(name);
    else await platform.setSecret(name, String(fields.get('value')));
    await queries.invalidateQueries({ queryKey: ['secrets'] });
  };
  if (asked.what === 'delete') {
    return (
      <Ask title={`Delete ${asked.name}?`} verb="Delete" act={act} onClose={onClose}>
        <p>Tasks that name it fail from now on. Its value cannot be brought back.</p>
      </Ask>
    );
  }
  return (
    <Ask title={asked.what === 'new' ? 'New secret' : `Set ${asked.name} anew`} verb="Keep" act={act} onClose={onClose}>
      {asked.what === 'new' && (
        <Field label="Name">
          <input name="name" required spellCheck={false} autoComplete="off" className="mono" />
        </Field>
      )}
      <Field label="Value" hint="It is not shown again. Surrounding blanks and line ends are kept.">
        <textarea name="value" required rows={3} spellCheck={false} autoComplete="off" className="mono" />
      </Field>
    </Ask>
  );
}
