import { useSyncExternalStore } from 'react';
import { onDone, type Order } from '../api/client';

const KEPT = 20;

/** Something that was done. */
export interface Act extends Order {
  at: string;
}

let acts: readonly Act[] = [];
let tell = () => {};

onDone((order) => {
  acts = [{ ...order, at: new Date().toISOString() }, ...acts].slice(0, KEPT);
  tell();
});

const watch = (watcher: () => void) => {
  tell = watcher;
  return () => (tell = () => {});
};

/** Returns what people changed in this tab, the latest first; one part of the page watches it. */
export function useActs(): readonly Act[] {
  return useSyncExternalStore(watch, () => acts);
}
