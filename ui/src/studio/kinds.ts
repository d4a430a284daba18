/** What the kinds of steps are grouped by. */
export type Group = 'Flow' | 'Services' | 'Actions' | 'Waits';

/** A kind of step that can be added. */
export interface Kind {
  /** As definitions call it. */
  id: string;
  group: Group;
  /** How the text that says what it does ends: `studio.kind…`. */
  says: string;
}

/** What marks a step that is dragged, with the kind as its data. */
export const DRAGGED = 'application/x-compasso-step';

/** Returns what a kind is called beside those of its group. */
export const labelOf = ({ id, group }: Kind) => (group === 'Waits' ? id.replace(/^wait (?=.)/, '') : id);
