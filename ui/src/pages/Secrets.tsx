import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { platform } from '../api/platform';
import type { ConnectionView, SecretItem } from '../api/schema';

import { Answer } from '../components/Answer';
import { Ask } from '../components/Ask';
import { type Column, DataTable } from '../components/DataTable';
import { Field } from '../components/Field';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { useFresh } from '../state/fresh';

type Asked = { what: 'new' } | { what: 'set' | 'delete'; name: string };

/** What tasks prove themselves with. Values go in, and never come out. */
export function Secrets() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const secrets = useQuery({ queryKey: ['secrets'], queryFn: platform.secrets });
  const connections = useQuery({ queryKey: ['connections'], queryFn: platform.connections });
  useFresh(['secrets'], ['connections']);
  return (
    <Page title={t('frame.secrets')}>
      <section className="block" aria-label={t('secrets.secrets')}>
        <div className="page-head">
          <h2>{t('secrets.secrets')}</h2>
          <button type="button" className="primary" onClick={() => setAsked({ what: 'new' })}>
            {t('secrets.new')}
          </button>
        </div>
        <Answer of={secrets} what={t('secrets.theSecrets')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{rich('secrets.noSecret', { example: <code>{'${{ secrets.NAME }}'}</code> })}</p>
            ) : (
              <DataTable label={t('secrets.secrets')} fits columns={columns(setAsked)} rows={items} keyOf={({ name }) => name} />
            )
          }
        </Answer>
      </section>
      <section className="block" aria-label={t('secrets.connections')}>
        <h2>{t('secrets.connections')}</h2>
        <Answer of={connections} what={t('secrets.theConnections')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{t('secrets.noConnection')}</p>
            ) : (
              <DataTable label={t('secrets.connections')} fits columns={connectionColumns()} rows={items} keyOf={({ id }) => id} />
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
    { name: t('secrets.name'), width: 'minmax(90px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
    { name: t('secrets.set'), width: '150px', className: 'cut', isWide: true, cell: ({ modified }, now) => <When at={modified} now={now} /> },
    { name: t('secrets.created'), width: '150px', isWide: true, cell: ({ created }, now) => <When at={created} now={now} /> },
    {
      name: t('secrets.change'),
      width: '170px',
      cell: ({ name }) => (
        <>
          <button type="button" className="small" aria-label={t('secrets.setAnewOf', { name })} onClick={() => ask({ what: 'set', name })}>
            {t('secrets.setAnew')}
          </button>{' '}
          <button type="button" className="small" aria-label={t('secrets.deleteOf', { name })} onClick={() => ask({ what: 'delete', name })}>
            {t('secrets.deleteAsk')}
          </button>
        </>
      ),
    },
  ];
}

const STATE = { authorized: 'succeeded', authorizing: 'running', deauthorized: 'failed' } as const;

/** A word of a newer server is shown as it is. */
function Sign({ state }: { state: string }) {
  const known = state.toLowerCase() as keyof typeof STATE;
  return known in STATE ? <Status status={STATE[known]} word={t(`secrets.${known}`)} /> : <Status status="waiting" word={state} />;
}

function connectionColumns(): readonly Column<ConnectionView>[] {
  return [
    { name: t('secrets.state'), width: '140px', cell: ({ state }) => <Sign state={state} /> },
    { name: t('secrets.name'), width: 'minmax(80px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
    {
      name: t('secrets.provesBy'),
      width: '200px',
      className: 'cut',
      isWide: true,
      cell: ({ authorization }) => t(`secrets.by_${authorization as 'API_KEY' | 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS'}`),
    },
    {
      name: t('secrets.changed'),
      width: '140px',
      className: 'cut',
      isWide: true,
      cell: ({ modified }, now) => <When at={modified} now={now} />,
    },
    { name: t('secrets.why'), width: 'minmax(80px, 1fr)', className: 'cut', isWide: true, cell: ({ reason }) => reason },
  ];
}

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
      <Ask title={t('secrets.deleteTitle', { name: asked.name })} verb={t('secrets.delete')} act={act} onClose={onClose}>
        <p>{t('secrets.deleteHint')}</p>
      </Ask>
    );
  }
  const title = asked.what === 'new' ? t('secrets.newTitle') : t('secrets.setAnewOf', { name: asked.name });
  return (
    <Ask title={title} verb={t('secrets.keep')} act={act} onClose={onClose}>
      {asked.what === 'new' && (
        <Field label={t('secrets.name')}>
          <input name="name" required spellCheck={false} autoComplete="off" className="mono" />
        </Field>
      )}
      <Field label={t('secrets.value')} hint={t('secrets.valueHint')}>
        <textarea name="value" required rows={3} spellCheck={false} autoComplete="off" className="mono" />
      </Field>
    </Ask>
  );
}
