import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Progress, RunItem } from './types';

/** How the stream of the page is; some pages have none. */
export type Connection = 'live' | 'connecting' | 'paused' | 'none';

/** A hidden page lets its stream go after this time, and asks anew when it is seen again. */
const HIDDEN_MS = 60_000;
/** Pause before a stream that the server refused is asked for again. */
const REOPEN_MS = 2_000;

let connection: Connection = 'none';
/** How many the page listens to. */
let streams = 0;
const watchers = new Set<() => void>();

function report(now: Connection): void {
  if (now === connection) return;
  connection = now;
  for (const watcher of watchers) watcher();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => connection,
  );
}

export interface Listener {
  /** What changed of a run; at first all of it. */
  run?: (progress: Progress) => void;
  /** Runs that listings show differently now. */
  runs?: (items: RunItem[]) => void;
  /** Something was missed: what is shown must be asked for again. */
  reset: () => void;
}

/** Listens to a stream while the page is mounted and seen. */
export function useStream(topics: string, listener: Listener): void {
  const queries = useQueryClient();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A stream begins with all of its run, but not with what changed of a list before it was there.
    let hasMissed = latest.current.runs !== undefined;

    const close = () => {
      source?.close();
      source = null;
      clearTimeout(timer);
    };
    const open = () => {
      close();
      report('connecting');
      source = new EventSource(`/api/v1/stream?topics=${encodeURIComponent(topics)}`);
      source.onopen = () => {
        report('live');
        if (hasMissed) latest.current.reset();
        hasMissed = false;
      };
      source.onerror = () => {
        hasMissed = true;
        report('connecting');
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(open, REOPEN_MS);
        // A stream does not say why it is refused; the session may be over.
        void queries.invalidateQueries({ queryKey: ['info'] });
      };
      source.addEventListener('run', (event) => latest.current.run?.(JSON.parse(event.data)));
      source.addEventListener('runs', (event) => latest.current.runs?.(JSON.parse(event.data).items));
      source.addEventListener('reset', () => latest.current.reset());
    };
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) {
        timer = setTimeout(() => {
          close();
          hasMissed = true;
          report('paused');
        }, HIDDEN_MS);
      } else if (source === null) {
        open();
      }
    };
    open();
    streams += 1;
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
      streams -= 1;
      if (streams === 0) report('none');
    };
  }, [queries, topics]);
}
