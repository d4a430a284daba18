import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at } from '../../api/client';
import { platform } from '../../api/platform';
import type { AuthParameters, ConnectionSpecification, ConnectionView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { Uses, useUses } from './Uses';

const KINDS = ['BASIC', 'API_KEY', 'OAUTH_CLIENT_CREDENTIALS'] as const;
type Kind = (typeof KINDS)[number];

const METHODS = ['POST', 'GET', 'PUT'];

interface Props {
  /** The connection to change; a new one if absent. */
  connection?: ConnectionView;
  onClose: () => void;
}

/** Makes a connection, or gives one other secrets. What is kept of them is never shown. */
export function ConnectionForm({ connection, onClose }: Props) {
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>((connection?.authorization as Kind | undefined) ?? 'API_KEY');
  const specificationOf = (fields: FormData): ConnectionSpecification => {
    const description = textOf(fields, 'description');
    return {
      AuthorizationType: kind,
      AuthParameters: parametersOf(kind, (name) => String(fields.get(name) ?? '')),
      ...(description && { Description: description }),
      ...(!connection && { Name: textOf(fields, 'name') }),
    };
  };
  const keep = async (fields: FormData) => {
    if (connection) await platform.changeConnection(connection.name, specificationOf(fields));
    else await platform.createConnection(specificationOf(fields));
    await queries.invalidateQueries({ queryKey: ['connections'] });
  };
  return (
    <Ask
      needs="author"
      title={connection ? t('connections.changeTitle', { name: connection.name }) : t('connections.newTitle')}
      verb={t('secrets.keep')}
      act={keep}
      onClose={onClose}
      as={(fields) =>
        connection
          ? commandsOf({ method: 'PUT', path: at`/connections/${connection.name}`, body: specificationOf(fields) })
          : commandsOf({ method: 'POST', path: '/connections', body: specificationOf(fields) })
      }
    >
      {connection && <UsesOf name={connection.name} />}
      {!connection && (
        <Field label={t('secrets.name')}>
          <input name="name" required maxLength={64} pattern="[.\-_A-Za-z0-9]+" spellCheck={false} autoComplete="off" className="mono" />
        </Field>
      )}
      <Field label={t('secrets.provesBy')}>
        <select value={kind} onChange={({ target }) => setKind(target.value as Kind)}>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {t(`secrets.by_${one}`)}
            </option>
          ))}
        </select>
      </Field>
      {kind === 'BASIC' && (
        <>
          <Text name="user" label={t('connections.user')} />
          <Secret name="password" label={t('connections.password')} />
        </>
      )}
      {kind === 'API_KEY' && (
        <>
          <Text name="header" label={t('connections.header')} />
          <Secret name="key" label={t('connections.key')} />
        </>
      )}
      {kind === 'OAUTH_CLIENT_CREDENTIALS' && (
        <>
          <Text name="endpoint" label={t('connections.endpoint')} />
          <Field label={t('connections.method')}>
            <select name="method">
              {METHODS.map((method) => (
                <option key={method}>{method}</option>
              ))}
            </select>
          </Field>
          <Text name="client" label={t('connections.client')} />
          <Secret name="clientSecret" label={t('connections.clientSecret')} />
        </>
      )}
      <Field label={t('connections.description')} isOptional>
        <input name="description" maxLength={512} autoComplete="off" />
      </Field>
    </Ask>
  );
}

function Text({ name, label }: { name: string; label: string }) {
  return (
    <Field label={label}>
      <input name={name} required spellCheck={false} autoComplete="off" className="mono" />
    </Field>
  );
}

function Secret({ name, label }: { name: string; label: string }) {
  return (
    <Field label={label} hint={t('connections.neverShown')}>
      <input name={name} type="password" required autoComplete="new-password" className="mono" />
    </Field>
  );
}

/** Whom a change meets. */
function UsesOf({ name }: { name: string }) {
  return <Uses of={useUses(name)} />;
}

function parametersOf(kind: Kind, text: (name: string) => string): AuthParameters {
  switch (kind) {
    case 'BASIC':
      return { BasicAuthParameters: { Username: text('user'), Password: text('password') } };
    case 'API_KEY':
      return { ApiKeyAuthParameters: { ApiKeyName: text('header'), ApiKeyValue: text('key') } };
    case 'OAUTH_CLIENT_CREDENTIALS':
      return {
        OAuthParameters: {
          AuthorizationEndpoint: text('endpoint'),
          HttpMethod: text('method'),
          ClientParameters: { ClientID: text('client'), ClientSecret: text('clientSecret') },
        },
      };
  }
}
