import { useState } from 'react';
import { platform } from '../../api/platform';
import type { ConnectionView, TestedState, TestState } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { Uses, useUses } from './Uses';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST'];

/** Calls an address as a connection says, and shows what comes back. */
export function TestConnection({ connection, onClose }: { connection: ConnectionView; onClose: () => void }) {
  const [tested, setTested] = useState<TestedState | null>(null);
  const call = async (fields: FormData) => {
    setTested(null);
    setTested(await platform.testState(testOf(connection.id, fields)));
  };
  return (
    <Ask
      needs="author"
      title={t('connections.testTitle', { name: connection.name })}
      verb={t('connections.call')}
      act={call}
      onClose={onClose}
      staysOpen
      as={(fields) => commandsOf({ method: 'POST', path: '/check/state', body: testOf(connection.id, fields) })}
    >
      <Uses of={useUses(connection.name)} />
      <p>{t('connections.testHint')}</p>
      <Field label={t('connections.url')}>
        <input name="url" type="url" required spellCheck={false} autoComplete="off" className="mono" />
      </Field>
      <Field label={t('connections.method')}>
        <select name="method">
          {METHODS.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
      </Field>
      {tested && <Outcome tested={tested} />}
    </Ask>
  );
}

/** A task that calls an address, to be run alone. */
function testOf(connection: string, fields: FormData): TestState {
  const call = {
    Type: 'Task',
    Resource: 'arn:aws:states:::http:invoke',
    Parameters: {
      ApiEndpoint: textOf(fields, 'url'),
      Method: textOf(fields, 'method'),
      Authentication: { ConnectionArn: connection },
    },
    End: true,
  };
  return { definition: JSON.stringify(call), roleArn: roleOf(connection) };
}

/** Any role does; the account must be the connection's. */
function roleOf(connection: string): string {
  return `arn:aws:iam::${connection.split(':')[4]}:role/console`;
}

function Outcome({ tested: { status, error, cause, output } }: { tested: TestedState }) {
  if (status === 'SUCCEEDED') {
    return (
      <section aria-label={t('connections.outcome')} role="status">
        <Status status="succeeded" word={t('connections.answered')} />
        <pre className="mono outcome">{output?.slice(0, 2_000)}</pre>
      </section>
    );
  }
  return (
    <section className="failure" aria-label={t('connections.outcome')} role="status">
      <p className="problem-code">{error}</p>
      <p className="cause">{cause}</p>
    </section>
  );
}
