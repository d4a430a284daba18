import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'compasso.theme';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
let chosen: Theme = read();
const watchers = new Set<() => void>();

function read(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

/** Goes on to the next theme. `theme.js`, which runs before the first paint, carries it out. */
export function switchTheme(): void {
  chosen = NEXT[chosen];
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // It then lasts as long as the page.
  }
  window.dispatchEvent(new CustomEvent('compasso-theme', { detail: chosen }));
  for (const watcher of watchers) watcher();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => chosen,
  );
}
