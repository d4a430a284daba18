import type { Since } from '../router';

const HOUR_MS = 3_600_000;
const SINCE_MS: Record<Since, number> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS };

/** Returns the instant from which on a while goes up to now. */
export function startedFrom(since: Since): string {
  return new Date(Date.now() - SINCE_MS[since]).toISOString();
}
