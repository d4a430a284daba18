import { useNavigate, useSearch } from '@tanstack/react-router';

type Pair = readonly [from: string, to: string];

/** Returns which two of the versions are compared, as the address says or as usual, and what changes that. */
export function useVersionPair(usual: Pair, versions: readonly string[]): readonly [Pair, (from: string, to: string) => void] {
  const { from, to } = useSearch({ strict: false }) as { from?: string; to?: string };
  const navigate = useNavigate();
  const known = (version: string | undefined) => versions.find((one) => one === version);
  const set = (from: string, to: string) =>
    void navigate({ to: '.', search: ((before: object) => ({ ...before, from, to })) as never, replace: true });
  return [[known(from) ?? usual[0], known(to) ?? usual[1]], set];
}
