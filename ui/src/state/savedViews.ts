import type { SavedView } from '../api/schema';
import { runsSearch, type RunsSearch } from '../router';

/** Writes what the list of runs shows, as a saved view keeps it. */
export function textOf(search: RunsSearch): string {
  const shown = Object.entries(search).filter(([name]) => name !== 'view');
  return new URLSearchParams(shown.toSorted(([a], [b]) => a.localeCompare(b))).toString();
}

/** Returns what a saved view shows; what a newer console wrote into it is left out. */
export function searchOf({ search }: Pick<SavedView, 'search'>): RunsSearch {
  return runsSearch(Object.fromEntries(new URLSearchParams(search)));
}

/** Says whether the list of runs shows a view and nothing else. */
export function isShownBy(view: Pick<SavedView, 'search'>, search: RunsSearch): boolean {
  return textOf(searchOf(view)) === textOf(search);
}

/** How the list is shown, as against which runs it shows. */
const MANNER = new Set(['view', 'show', 'order', 'columns']);

/** Returns how the list is shown, of all runs. */
export function mannerOf({ show, columns }: RunsSearch): RunsSearch {
  return { ...(show && { show }), ...(columns && { columns }) };
}

/** Says whether not all runs are shown. */
export function isNarrowed(search: RunsSearch): boolean {
  return Object.keys(search).some((name) => !MANNER.has(name));
}
