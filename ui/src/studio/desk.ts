import { createContext } from 'react';
import type { Handles } from './DraftCanvas';
import { Linking } from './linking';
import type { Mark } from './marks';

/** What the steps and ways of a draft have in common. */
export interface Desk {
  marks: ReadonlyMap<string, Mark>;
  /** How many problems each step has. */
  problems: ReadonlyMap<string, number>;
  linking: Linking;
  handles: Handles | null;
}

export const DeskContext = createContext<Desk>({ marks: new Map(), problems: new Map(), linking: new Linking(), handles: null });
