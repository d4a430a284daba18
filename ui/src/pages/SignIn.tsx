import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Mark } from '../components/Mark';
import { Problem } from '../components/Problem';
import { t } from '../i18n/text';

/** Asks for an access key. The browser keeps a cookie that no script can read, and not the key. */
export function SignIn() {
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    try {
      await api.signIn(String(fields.get('id')), String(fields.get('secret')));
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
        <p className="hint">{t('frame.signInHint')}</p>
        <label>
          {t('frame.keyId')}
          <input name="id" autoComplete="username" required spellCheck={false} />
        </label>
        <label>
          {t('frame.keySecret')}
          <input name="secret" type="password" autoComplete="current-password" required />
        </label>
        {error !== null && <Problem error={error} />}
        <button type="submit" className="primary">
          {t('frame.signIn')}
        </button>
      </form>
    </main>
  );
}
