import { useSyncExternalStore } from 'react';

/** When the server answered last. */
let answered = Date.now();
/** The same, while it does not answer; `null` while it does. */
let away: number | null = null;
const watchers = new Set<() => void>();

/** Notes whether the server has answered. */
export function note(isThere: boolean): void {
  if (isThere) answered = Date.now();
  const now = isThere ? null : (away ?? answered);
  if (now === away) return;
  away = now;
  for (const watcher of watchers) watcher();
}

/** Returns when the server answered last, while it does not; `null` while it does. */
export function useAway(): number | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => away,
  );
}
