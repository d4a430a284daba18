import type { RunItem } from '../api/types';

/** Returns the number of the version that started a run. */
export function versionOf({ version }: RunItem): string {
  return version?.split(':').at(-1) ?? '';
}
