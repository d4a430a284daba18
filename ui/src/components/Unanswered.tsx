import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import { isAway, RequestError } from '../api/client';
import { t } from '../i18n/text';
import { Problem } from './Problem';

interface Props {
  of: Pick<UseQueryResult, 'error' | 'refetch'>;
  what?: string;
  /** What stands there while the answer may come. */
  children: ReactNode;
}

/** What stands for an answer that has not come. */
export function Unanswered({ of, what, children }: Props) {
  // While a server that is away is asked again, the reader is told so still.
  const last = useRef<unknown>(null);
  if (of.error !== null) last.current = of.error;
  else if (!isAway(last.current)) last.current = null;
  const error = last.current;
  if (error === null) return children;
  const isMissing = error instanceof RequestError && error.status === 404;
  return (
    <div className="empty">
      {(isMissing || what !== undefined) && <h2>{isMissing ? t('common.missing') : t('common.cannotShow', { what: what! })}</h2>}
      <Problem error={error} retry={() => void of.refetch()} />
    </div>
  );
}
