import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import { Status } from '../../components/Glyph';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';

/** Waiting runs that are named. */
const NAMED = 5;

/** The runs that wait for others to end; nothing if none does. */
export function Queue({ name }: { name: string }) {
  const queue = useQuery({ queryKey: ['pipeline', name, 'queue'], queryFn: () => pipelines.queue(name) });
  const items = queue.data?.items ?? [];
  if (items.length === 0) return null;
  const runs = (
    <>
      {items.slice(0, NAMED).map(({ id }) => (
        <Link key={id} to="/runs/$id" params={{ id }} className="mono">
          {runName(id)}{' '}
        </Link>
      ))}
      {items.length > NAMED && '…'}
    </>
  );
  return (
    <p className="facts">
      <Status status="queued" word={t('pipelines.queued', { n: items.length })} />
      <span>{rich('pipelines.behind', { n: queue.data!.active, runs })}</span>
    </p>
  );
}
