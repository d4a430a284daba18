import { useEffect, useRef, useState } from 'react';

/** How long something that was asked for can be taken back. */
export const UNDO_MS = 5_000;

/** What is about to be done, and can still be taken back. */
export interface Undo {
  /** Whether something is about to be done. */
  isPending: boolean;
  /** Has something done after a while. */
  begin: (act: () => void) => void;
  /** Takes it back. */
  undo: () => void;
}

/** Has what is asked for done after a while, unless it is taken back. Who leaves the page has it done at once. */
export function useUndo(): Undo {
  const [act, setAct] = useState<(() => void) | null>(null);
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (act === null) return;
    const timer = setTimeout(() => {
      latest.current = null;
      setAct(null);
      act();
    }, UNDO_MS);
    return () => clearTimeout(timer);
  }, [act]);
  useEffect(() => () => latest.current?.(), []);
  useEffect(() => {
    if (act === null) return;
    // A tab that closes sends nothing: the browser asks first.
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [act]);
  return { isPending: act !== null, begin: (next) => setAct(() => next), undo: () => setAct(null) };
}
