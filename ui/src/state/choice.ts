import { useCallback, useSyncExternalStore } from 'react';

/** What the reader chose from some values; the browser keeps it. */
export interface Choice<T extends string> {
  /** The name of the event that tells of a change, and where it is kept. */
  key: string;
  values: readonly T[];
  get: () => T;
  set: (value: T) => void;
}

/** Makes a choice that is kept under a key; `values[0]` stands until there is another. */
export function choice<T extends string>(key: string, values: readonly [T, ...T[]]): Choice<T> {
  let chosen = values[0];
  try {
    const stored = localStorage.getItem(key);
    chosen = values.find((value) => value === stored) ?? chosen;
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
  const set = (value: T) => {
    chosen = value;
    try {
      localStorage.setItem(key, value);
    } catch {
      // See above.
    }
    // `theme.js`, which runs before the first paint, carries it out.
    window.dispatchEvent(new CustomEvent(key, { detail: value }));
  };
  return { key, values, get: () => chosen, set };
}

/** Returns the present value, and changes with it. */
export function useChoice<T extends string>({ key, get }: Choice<T>): T {
  const watch = useCallback((watcher: () => void) => {
    window.addEventListener(key, watcher);
    return () => window.removeEventListener(key, watcher);
  }, [key]);
  return useSyncExternalStore(watch, get);
}
