import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useAway } from '../api/reach';
import { localeTag, t } from '../i18n/text';
import { ownZone } from '../state/zone';

/** Says on every page that the server does not answer, and as of when the page is. */
export function Away() {
  const queries = useQueryClient();
  const since = useAway();
  const wasAway = useRef(false);
  const isAway = since !== null;
  useEffect(() => {
    // The frame goes on asking what the server is; once it answers, all that is shown is asked for again.
    if (isAway || wasAway.current) void queries.invalidateQueries(isAway ? { queryKey: ['info'] } : {});
    wasAway.current = isAway;
  }, [queries, isAway]);
  // Whether the server can be reached is asked of the server: without a network, one on the same machine still answers.
  useEffect(() => {
    const look = () => void queries.invalidateQueries({ queryKey: ['info'] });
    addEventListener('offline', look);
    return () => removeEventListener('offline', look);
  }, [queries]);
  if (since === null) return null;
  return (
    <p className="stale away" role="status">
      {/* How instants are written elsewhere is no part of what every page waits for. */}
      {t('common.away', { time: new Date(since).toLocaleTimeString(localeTag(), { timeZone: ownZone(), hourCycle: 'h23' }) })}{' '}
      <button type="button" className="small" onClick={() => void queries.invalidateQueries()}>
        {t('common.tryAgain')}
      </button>
    </p>
  );
}
