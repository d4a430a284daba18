import { useNavigate, useSearch } from '@tanstack/react-router';

/** Returns a text that the address of the page keeps, if there is one, and what changes it. */
export function useAddress(name: string): readonly [string | undefined, (value: string | undefined) => void] {
  const found = (useSearch({ strict: false }) as Record<string, unknown>)[name];
  const navigate = useNavigate();
  const set = (value: string | undefined) =>
    void navigate({
      to: '.',
      // It is a part of what each address may have, which is said by the pages that keep it.
      search: ((before: Record<string, unknown>) => {
        const { [name]: _, ...rest } = before;
        return value ? { ...rest, [name]: value } : rest;
      }) as never,
      replace: true,
    });
  return [found === undefined ? undefined : String(found), set];
}
