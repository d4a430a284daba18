import { useSyncExternalStore } from 'react';

/** So many changes are kept; after more, all that is shown is asked for again. */
const KEPT_MAX = 1_000;

/** What is told once the reader wants to see changes again; `null` while they are shown as they come. */
let waiting: (() => void)[] | null = null;
let count = 0;
let recover = () => {};
const watchers = new Set<() => void>();

function report(): void {
  for (const watcher of watchers) watcher();
}

/** Has `act` done when more changes waited than are kept. */
export function onLostChanges(act: () => void): void {
  recover = act;
}

export function isHeld(): boolean {
  return waiting !== null;
}

/** Tells so many changes, now or when the reader wants to see them. */
export function deliver(tell: () => void, changes: number): void {
  if (waiting === null) return tell();
  count += changes;
  if (waiting.length < KEPT_MAX) waiting.push(tell);
  else waiting = [() => recover()];
  report();
}

/** Lets changes wait, or shows those that do. */
export function turnHold(): void {
  const told = waiting ?? [];
  waiting = waiting === null ? [] : null;
  count = 0;
  for (const tell of told) tell();
  report();
}

/** Returns how many changes wait; `null` while they are shown as they come. */
export function useHeld(): number | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => (waiting === null ? null : count),
  );
}
