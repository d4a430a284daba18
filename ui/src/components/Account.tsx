import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { t } from '../i18n/text';

/** Who has signed in, and the way out. */
export function Account({ name, account }: { name: string; account: string }) {
  const queries = useQueryClient();
  const leave = async () => {
    await api.signOut();
    queries.clear();
    await queries.refetchQueries({ queryKey: ['info'] });
    location.reload();
  };
  return (
    <button type="button" className="quiet" title={account} onClick={() => void leave()}>
      {t('frame.signOut', { name })}
    </button>
  );
}
