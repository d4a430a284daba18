import { useSyncExternalStore } from 'react';

let mishap: string | null = null;
let tell = () => {};

/** Tells people, on whichever page they are by now, that what they asked for was refused; nothing once they have read it. */
export function tellMishap(text: string | null): void {
  mishap = text;
  tell();
}

const watch = (watcher: () => void) => {
  tell = watcher;
  return () => (tell = () => {});
};

/** Returns what is to be told; one part of the page watches it. */
export function useMishap(): string | null {
  return useSyncExternalStore(watch, () => mishap);
}
