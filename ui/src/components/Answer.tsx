import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isAway } from '../api/client';
import { t } from '../i18n/text';
import { instant } from '../state/format';
import { Unanswered } from './Unanswered';

interface Props<T> {
  of: UseQueryResult<T>;
  /** What is asked for, as a sentence has it: “the schedules”. */
  what: string;
  children: (answer: T) => ReactNode;
}

/** Shows what the server answers: until then that it is coming, and otherwise what went wrong. */
export function Answer<T>({ of, what, children }: Props<T>) {
  if (of.data === undefined) return <Unanswered of={of} what={what}><Skeleton /></Unanswered>;
  return (
    <>
      {/* That nobody answers is said once, above the page. */}
      {of.isRefetchError && !isAway(of.error) && (
        <p className="stale" role="status">
          {t('common.asOf', { time: instant(new Date(of.dataUpdatedAt).toISOString()), problem: of.error.message })}
        </p>
      )}
      {children(of.data)}
    </>
  );
}

/** Rows to be; what comes quickly comes without them. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: 6 }, (_, at) => (
        <span key={at} />
      ))}
    </div>
  );
}
