import type { AliasRoute } from '../api/schema';

/** Returns the names of a version, with the share of the starts that each sends to it. */
export function namesOf(aliases: readonly { name: string; routes: readonly AliasRoute[] }[], number: number): string {
  const named = aliases.flatMap(({ name, routes }) =>
    routes.filter(({ version }) => version === number).map(({ weight }) => (weight === 100 ? name : `${name} ${weight}\u2009%`)),
  );
  return named.join(', ');
}
