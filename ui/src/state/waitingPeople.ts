/** The query that finds runs in which people are asked something. */
export const PEOPLE = 'waiting = people';

/** Returns a query with these runs alone, for addresses and saved views in which that was no part of the query yet. */
export function withPeople(q = ''): string {
  const rest = q.trim();
  if (rest === '' || rest === PEOPLE) return PEOPLE;
  if (rest.endsWith(` and ${PEOPLE}`)) return rest;
  return /\bor\b/i.test(rest) ? `(${rest}) and ${PEOPLE}` : `${rest} and ${PEOPLE}`;
}
