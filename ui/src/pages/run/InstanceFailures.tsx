import { useQuery } from '@tanstack/react-query';
import { type Alike, runs } from '../../api/runs';
import type { InstanceFailure } from '../../api/schema';
import { t } from '../../i18n/text';
import { amount } from '../../state/format';

/** Pause between two looks while more may fail: all of them are counted each time. */
const LOOK_MS = 10_000;

interface Props {
  run: string;
  /** The task, or the Map state. */
  id: string;
  isOver: boolean;
  chosen: Alike | null;
  onChoose: (alike: Alike | null) => void;
}

/** Why instances failed, those that failed alike together; one of these is chosen to see them alone. */
export function InstanceFailures({ run, id, isOver, chosen, onChoose }: Props) {
  const failures = useQuery({
    queryKey: ['instances', run, id, 'failures'],
    queryFn: () => runs.failures(run, id),
    refetchInterval: isOver ? false : LOOK_MS,
  });
  const items = failures.data?.items ?? [];
  // One that is alone is told of by its row.
  if (items.length === 0 || (items.length === 1 && items[0]!.count === 1)) return null;
  const key = (alike: Alike | null) => JSON.stringify(alike && alikeOf(alike));
  return (
    <div className="alike" role="group" aria-label={t('steer.alike')}>
      {items.map((failure) => (
        <button
          key={key(failure)}
          type="button"
          aria-pressed={key(failure) === key(chosen)}
          title={failure.cause}
          onClick={() => onChoose(key(failure) === key(chosen) ? null : alikeOf(failure))}
        >
          <b>×{amount(failure.count)}</b>
          <span>
            <span className="mono break">{nameOf(failure)}</span>
            <span className="hint cut">{failure.cause ?? t('steer.such', { keys: failure.keys.join(', ') })}</span>
          </span>
        </button>
      ))}
      {failures.data?.isPartial && <p className="hint">{t('steer.alikePartial')}</p>}
    </div>
  );
}

function nameOf({ step, error = t('steer.noError') }: InstanceFailure): string {
  return step === undefined ? error : t('steer.alikeIn', { error, step });
}

function alikeOf({ step, error, cause }: Alike): Alike {
  return { ...(step !== undefined && { step }), ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
}
