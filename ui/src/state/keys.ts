import { useEffect, useRef } from 'react';

/** What keys do, by key: `r`, `[`, or two in a row: `g r`. */
export type Keys = Record<string, () => void>;

/** The second of two keys must follow so soon. */
const SEQUENCE_MS = 1_000;

/** Lets keys act on a page. They are never taken from fields, dialogs, or combined with others. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let before = { key: '', at: 0 };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, [contenteditable], dialog')) return;
      const now = Date.now();
      const sequence = now - before.at < SEQUENCE_MS ? `${before.key} ${event.key}` : '';
      const act = latest.current[sequence] ?? latest.current[event.key];
      before = { key: event.key, at: now };
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** Lets a key act together with Ctrl or ⌘, in fields as well. */
export function useChord(key: string, act: () => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== key) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [key]);
}
