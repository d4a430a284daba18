import { useQueryClient } from '@tanstack/react-query';
import { at } from '../../api/client';
import { platform } from '../../api/platform';
import type { ConnectionView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { t } from '../../i18n/text';
import { deleteAs } from '../../state/equivalents';
import { Uses, useUses } from './Uses';

/** Deletes a connection, having shown which workflows use it. */
export function DeleteConnection({ connection: { name }, onClose }: { connection: ConnectionView; onClose: () => void }) {
  const queries = useQueryClient();
  const uses = useUses(name);
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
      <Uses of={uses} />
      <p>{t('connections.deleteHint')}</p>
    </Ask>
  );
}
