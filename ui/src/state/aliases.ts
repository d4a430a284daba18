import type { AliasRoute } from '../api/schema';

/** A whole, in percent. */
export const ALL = 100;

/** Returns the routes of an alias that sends a share of its starts to a version, and the rest to where most went before. */
export function routesTo(version: number, weight: number, before: readonly AliasRoute[]): AliasRoute[] {
  const [first] = before;
  if (!first || weight === ALL || first.version === version) return [{ version, weight: ALL }];
  return [{ version: first.version, weight: ALL - weight }, { version, weight }];
}

/** Returns the names of a version, with the share of the starts that each sends to it. */
export function namesOf(aliases: readonly { name: string; routes: readonly AliasRoute[] }[], number: number): string {
  const named = aliases.flatMap(({ name, routes }) =>
    routes.filter(({ version }) => version === number).map(({ weight }) => (weight === ALL ? name : `${name} ${weight}\u2009%`)),
  );
  return named.join(', ');
}
