import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { RequestError } from '../api/client';
import { t } from '../i18n/text';
import { instant } from '../state/format';
import { Problem } from './Problem';

interface Props<T> {
  of: UseQueryResult<T>;
  /** What is asked for, as a sentence has it: “the schedules”. */
  what: string;
  children: (answer: T) => ReactNode;
}

/** Shows what the server answers: until then that it is coming, and otherwise what went wrong. */
export function Answer<T>({ of, what, children }: Props<T>) {
  if (of.data === undefined) {
    if (of.isError) {
      const isMissing = of.error instanceof RequestError && of.error.status === 404;
      return (
        <div className="empty">
          <h2>{isMissing ? t('common.missing') : t('common.cannotShow', { what })}</h2>
          <Problem error={of.error} retry={() => void of.refetch()} />
        </div>
      );
    }
    return <Skeleton />;
  }
  return (
    <>
      {of.isRefetchError && (
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
