import { useRef } from 'react';
import { useAddress } from './address';
import { useKeys } from './keys';

/** What the address says of a list that is whole in the page. */
export interface ListSearch {
  /** Only what has this in it. */
  q?: string;
  sort?: string;
}

/** Returns how the address narrows the lists of a page down and orders them, and what changes that. `/` goes to the field. */
export function useList() {
  const [q = '', onFilter] = useAddress('q');
  const [sort, onSort] = useAddress('sort');
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  return {
    q,
    sort,
    field,
    onFilter,
    onSort,
    /** Says whether one of some texts has in it what is looked for. */
    fits: (...texts: readonly (string | undefined)[]) => q === '' || texts.some((text) => text?.toLowerCase().includes(q.toLowerCase())),
  };
}

export type List = ReturnType<typeof useList>;
