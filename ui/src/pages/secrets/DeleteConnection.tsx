import { useQuery, useQueryClient } from '@tanstack/react-query';
import { at } from '../../api/client';
import { platform } from '../../api/platform';
import type { ConnectionView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { t } from '../../i18n/text';
import { deleteAs } from '../../state/equivalents';

/** Deletes a connection, having shown which workflows use it. */
export function DeleteConnection({ connection: { name }, onClose }: { connection: ConnectionView; onClose: () => void }) {
  const queries = useQueryClient();
  const uses = useQuery({ queryKey: ['connection-uses', name], queryFn: () => platform.connectionUses(name), staleTime: 0 });
  const remove = async () => {
    await platform.deleteConnection(name);
    await queries.invalidateQueries({ queryKey: ['connections'] });
  };
  return (
    <Ask
      title={t('secrets.deleteTitle', { name })}
      verb={t('secrets.delete')}
      needs="author"
      act={remove}
      onClose={onClose}
      isReady={uses.isSuccess}
      as={() => deleteAs(at`/connections/${name}`)}
    >
      <Answer of={uses} what={t('connections.theUses')}>
        {({ items }) => (
          <>
            <p role="status">{items.length === 0 ? t('connections.unused') : t('connections.usedBy', { n: items.length })}</p>
            <ul className="plain-list">
              {items.map(({ id, name: workflow }) => (
                <li key={id}>{workflow}</li>
              ))}
            </ul>
          </>
        )}
      </Answer>
      <p>{t('connections.deleteHint')}</p>
    </Ask>
  );
}
