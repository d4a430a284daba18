import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { isHeld } from '../api/held';
import { useStream } from '../api/stream';
import { Pacer } from './pacer';

/** Pause between two looks, however much changes. */
const PAUSE_MS = 2_000;
/** What streams do not tell of is looked at so often. */
const LOOK_MS = 10_000;

/** Keeps answers of the server fresh while the page is seen: asks again when runs change, and now and then. */
export function useFresh(...keys: QueryKey[]): void {
  const queries = useQueryClient();
  const latest = useRef(keys);
  latest.current = keys;
  const [pacer] = useState(
    () =>
      new Pacer(PAUSE_MS, async () => {
        await Promise.all(latest.current.map((queryKey) => queries.invalidateQueries({ queryKey })));
      }),
  );
  const look = () => void pacer.ask();
  useStream('runs', { runs: look, reset: look });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && !isHeld() && void pacer.ask(), LOOK_MS);
    return () => clearInterval(timer);
  }, [pacer]);
}
