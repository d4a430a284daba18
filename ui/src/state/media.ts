import { useSyncExternalStore } from 'react';

/** A list beside the pages has room for columns that are no more than good to know. */
const ROOMY = matchMedia('(min-width: 1200px)');

/** Returns whether the window is wide, and changes with it. */
export function useRoomy(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      ROOMY.addEventListener('change', watcher);
      return () => ROOMY.removeEventListener('change', watcher);
    },
    () => ROOMY.matches,
  );
}
