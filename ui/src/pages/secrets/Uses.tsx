import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { platform } from '../../api/platform';
import type { ConnectionUses } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { t } from '../../i18n/text';
import { isOfPipeline } from '../../state/arn';

export function useUses(connection: string): UseQueryResult<ConnectionUses> {
  return useQuery({ queryKey: ['connection-uses', connection], queryFn: () => platform.connectionUses(connection), staleTime: 0 });
}

/** Which workflows use a connection. */
export function Uses({ of }: { of: UseQueryResult<ConnectionUses> }) {
  return (
    <Answer of={of} what={t('connections.theUses')}>
      {({ items }) => (
        <>
          <p role="status">{items.length === 0 ? t('connections.unused') : t('connections.usedBy', { n: items.length })}</p>
          <ul className="plain-list">
            {items.map(({ id, name }) => (
              <li key={id}>
                {isOfPipeline(id) ? <Link to="/pipelines/$name" params={{ name }}>{name}</Link> : <Link to="/workflows/$id" params={{ id }}>{name}</Link>}
              </li>
            ))}
          </ul>
        </>
      )}
    </Answer>
  );
}
