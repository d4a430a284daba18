import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import { deliver, onLostChanges } from './held';
import type { Progress, RunItem } from './types';

/** How the stream of the page is; some pages have none. */
export type Connection = 'live' | 'connecting' | 'paused' | 'none';

/** A hidden page lets its stream go after this time, and asks anew when it is seen again. */
const HIDDEN_MS = 60_000;
/** Pause before a stream that the server refused is asked for again. */
const REOPEN_MS = 2_000;

let connection: Connection = 'none';
/** Those that the page listens to, by their topics. */
const streams = new Map<string, Stream>();
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

/**
 * A stream of the server. All that listen to the same topics share it: a browser opens few connections to a server, for all
 * of its tabs. It is open while somebody listens and the page is seen.
 */
class Stream {
  readonly #topics: string;
  readonly #onLost: () => void;
  readonly #listeners = new Set<RefObject<Listener>>();
  /** Those that are to ask for what they show, once it is open. */
  readonly #behind = new Set<RefObject<Listener>>();
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(topics: string, onLost: () => void) {
    [this.#topics, this.#onLost] = [topics, onLost];
    document.addEventListener('visibilitychange', this.#look);
    this.#open();
  }

  join(listener: RefObject<Listener>): void {
    this.#listeners.add(listener);
    // A stream begins with all of its run, but not with what changed of a list before it was there.
    if (listener.current.runs === undefined) return;
    if (this.#source?.readyState === EventSource.OPEN) listener.current.reset();
    else this.#behind.add(listener);
  }

  /** Returns whether nobody listens any more; it is closed then. */
  leave(listener: RefObject<Listener>): boolean {
    this.#listeners.delete(listener);
    this.#behind.delete(listener);
    if (this.#listeners.size > 0) return false;
    document.removeEventListener('visibilitychange', this.#look);
    this.#close();
    return true;
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#timer);
  }

  #open(): void {
    this.#close();
    report('connecting');
    const source = new EventSource(`/api/v1/stream?topics=${encodeURIComponent(this.#topics)}`);
    this.#source = source;
    source.onopen = () => {
      report('live');
      const behind = [...this.#behind];
      this.#behind.clear();
      deliver(() => behind.forEach(({ current }) => current.reset()), 0);
    };
    source.onerror = () => {
      this.#miss();
      report('connecting');
      // A stream does not say why it ended; the server may be away, or the session over.
      this.#onLost();
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#open(), REOPEN_MS);
    };
    source.addEventListener('run', ({ data }) => this.#tell(({ run }) => run?.(JSON.parse(data)), 1));
    source.addEventListener('runs', ({ data }) => {
      const items = JSON.parse(data).items as RunItem[];
      this.#tell(({ runs }) => runs?.(items), items.length);
    });
    source.addEventListener('reset', () => this.reset());
  }

  /** Has all that listen ask for what they show. */
  reset(): void {
    this.#tell(({ reset }) => reset(), 0);
  }

  #tell(tell: (listener: Listener) => void, changes: number): void {
    deliver(() => this.#listeners.forEach(({ current }) => tell(current)), changes);
  }

  #miss(): void {
    for (const listener of this.#listeners) this.#behind.add(listener);
  }

  readonly #look = () => {
    clearTimeout(this.#timer);
    if (document.hidden) {
      this.#timer = setTimeout(() => {
        this.#close();
        this.#miss();
        report('paused');
      }, HIDDEN_MS);
    } else if (this.#source === null || this.#source.readyState === EventSource.CLOSED) {
      this.#open();
    }
  };
}

onLostChanges(() => streams.forEach((stream) => stream.reset()));

/** Listens to a stream while the page is mounted and seen. */
export function useStream(topics: string, listener: Listener): void {
  const queries = useQueryClient();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const stream = streams.get(topics) ?? new Stream(topics, () => void queries.invalidateQueries({ queryKey: ['info'] }));
    streams.set(topics, stream);
    stream.join(latest);
    return () => {
      if (stream.leave(latest)) streams.delete(topics);
      if (streams.size === 0) report('none');
    };
  }, [queries, topics]);
}
