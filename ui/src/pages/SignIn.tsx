import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Mark } from '../components/Mark';
import { Problem } from '../components/Problem';
import { t } from '../i18n/text';
import '../styles/sign-in.css';

/** Asks for an access key or a token. The browser keeps a cookie that no script can read, and neither of them. */
export function SignIn({ hasKeys }: { hasKeys: boolean }) {
  const queries = useQueryClient();
  const [isToken, setToken] = useState(!hasKeys);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    try {
      const text = (name: string) => String(fields.get(name));
      await api.signIn(isToken ? { token: text('token') } : { id: text('id'), secret: text('secret') });
      await queries.refetchQueries({ queryKey: ['info'] });
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <Mark /> Compasso
        </h1>
        <p className="hint">{isToken ? t('session.tokenHint') : t('session.signInHint')}</p>
        {isToken ? (
          <label>
            {t('session.token')}
            <input key="token" name="token" type="password" autoComplete="current-password" required />
          </label>
        ) : (
          <>
            <label>
              {t('session.keyId')}
              <input name="id" autoComplete="username" required spellCheck={false} />
            </label>
            <label>
              {t('session.keySecret')}
              <input key="secret" name="secret" type="password" autoComplete="current-password" required />
            </label>
          </>
        )}
        {error !== null && <Problem error={error} />}
        <button type="submit" className="primary">
          {t('session.signIn')}
        </button>
        {hasKeys && (
          <button type="button" className="quiet" onClick={() => setToken(!isToken)}>
            {isToken ? t('session.useKey') : t('session.useToken')}
          </button>
        )}
      </form>
    </main>
  );
}
