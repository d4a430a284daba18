import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../api/client';
import { Mark } from '../components/Mark';
import { Problem } from '../components/Problem';

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
        <p className="hint">Sign in with an access key of this server.</p>
        <label>
          Access key id
          <input name="id" autoComplete="username" required spellCheck={false} />
        </label>
        <label>
          Secret access key
          <input name="secret" type="password" autoComplete="current-password" required />
        </label>
        {error !== null && <Problem error={error} />}
        <button type="submit" className="primary">
          Sign in
        </button>
      </form>
    </main>
  );
}
