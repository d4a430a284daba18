import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import { Status } from '../../components/Glyph';
import { runName } from '../../state/arn';

/** Waiting runs that are named. */
const NAMED = 5;

/** The runs that wait for others to end; nothing if none does. */
export function Queue({ name }: { name: string }) {
  const queue = useQuery({ queryKey: ['pipeline', name, 'queue'], queryFn: () => pipelines.queue(name) });
  const items = queue.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <p className="facts">
      <Status status="queued" word={`${items.length} queued`} />
      <span>
        behind {queue.data!.active} under way:{' '}
        {items.slice(0, NAMED).map(({ id }) => (
          <Link key={id} to="/runs/$id" params={{ id }} className="mono">
            {runName(id)}{' '}
          </Link>
        ))}
        {items.length > NAMED && '…'}
      </span>
    </p>
  );
}
