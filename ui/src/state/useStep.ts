import { useCallback, useSyncExternalStore } from 'react';
import type { Step } from '../api/types';
import type { StepStore } from './stepStore';

/** Returns what became of a state, and changes with it alone. */
export function useStep(store: StepStore, state: string): Step | undefined {
  const subscribe = useCallback((listener: () => void) => store.subscribe(state, listener), [store, state]);
  return useSyncExternalStore(subscribe, () => store.get(state));
}
