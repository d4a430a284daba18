import type { Shelter } from './Saver';

/** A text that this browser has and the server may not have. */
export interface Sheltered {
  text: string;
  saves: number;
}

const key = (id: string) => `compasso.draft.${id}`;

/** Where the text of a draft stands in this browser until the server has it. */
export function shelterOf(id: string): Shelter & { found: () => Sheltered | null } {
  return {
    keep: (text, saves) => store(key(id), JSON.stringify({ text, saves })),
    clear: () => store(key(id), null),
    found: () => {
      try {
        return JSON.parse(localStorage.getItem(key(id)) ?? 'null') as Sheltered | null;
      } catch {
        return null;
      }
    },
  };
}

function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage may be full or switched off; the server is told all the same.
  }
}
