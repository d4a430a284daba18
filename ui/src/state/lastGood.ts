import { useEffect, useRef } from 'react';
import { RequestError } from '../api/client';

/** Whether the server says that what it is asked is written wrong. */
export function isMistake(error: unknown): error is RequestError {
  return error instanceof RequestError && error.status === 400;
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
}

/** Returns an answer; where what is asked is written wrong, the answer before, which is old then. */
export function useLastGood<T>({ data, error }: Asked<T>): { data: T | undefined; isOld: boolean } {
  const good = useRef(data);
  if (data !== undefined) good.current = data;
  if (data !== undefined || !isMistake(error)) return { data, isOld: false };
  return { data: good.current, isOld: good.current !== undefined };
}

/** Tells of what is wrong with a query, and when nothing is any more; returns whether something is. */
export function useMistake(error: unknown, query: string | undefined, tell: (mistake: unknown) => void): boolean {
  const mistake = query !== undefined && isMistake(error) ? error : null;
  useEffect(() => tell(mistake), [tell, mistake]);
  return mistake !== null;
}
