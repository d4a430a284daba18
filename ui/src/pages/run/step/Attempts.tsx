import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../../api/client';
import type { Step } from '../../../api/types';
import { When } from '../../../components/When';
import { t, withTexts } from '../../../i18n/text';
import { type Attempt, attemptsOf } from '../../../state/attempts';
import { between, duration } from '../../../state/format';
import { useNow } from '../../../state/now';

const CompareAttempts = lazy(() => withTexts(import('./CompareAttempts'), 'data').then(({ CompareAttempts }) => ({ default: CompareAttempts })));

/** Events that are looked through for attempts. */
const EVENTS_MAX = 1_000;

/** The attempts of a state, which its events tell. */
export function AttemptsOfState({ run, step }: { run: string; step: Step }) {
  const { entryEvent, attempts, status } = step;
  const page = useQuery({
    queryKey: ['attempts', run, entryEvent, attempts, status],
    queryFn: () => api.events(run, entryEvent, EVENTS_MAX),
  });
  return <Attempts run={run} of={attemptsOf(page.data?.items ?? [], entryEvent)} count={attempts} />;
}

/** How each attempt went, the latest ones of `count`. */
export function Attempts({ run, of, count }: { run: string; of: readonly Attempt[]; count: number }) {
  const [isComparing, setComparing] = useState(false);
  const isOpen = of.some(({ ended }) => ended === undefined);
  const now = useNow(isOpen);
  if (of.length === 0) return null;
  const first = Math.max(1, count - of.length + 1);
  return (
    <section aria-label={t('common.attempts')}>
      <h3>{t('common.attempts')}</h3>
      <ol className="attempts" start={first}>
        {of.map(({ event, queued, started, ended, error, cause }) => (
          <li key={event}>
            <p className="facts">
              <When at={started ?? queued} now={now} />
              <span>{duration(between(started ?? queued, ended, now))}</span>
              {started !== undefined && between(queued, started, now) >= 1_000 && <span>{t('step.queued', { duration: duration(between(queued, started, now)) })}</span>}
            </p>
            {error !== undefined && <p className="problem-code">{error}</p>}
            {cause !== undefined && <p className="cause">{cause}</p>}
          </li>
        ))}
      </ol>
      {of.length > 1 && (
        <button type="button" className="small" onClick={() => setComparing(true)}>
          {t('step.compareAttempts')}
        </button>
      )}
      {isComparing && of.length > 1 && (
        <Suspense>
          <CompareAttempts run={run} of={of} first={first} onClose={() => setComparing(false)} />
        </Suspense>
      )}
    </section>
  );
}
