/** So many places are marked. */
const PLACES_MAX = 1_000;

/** Returns where a text has another in it, whatever the case of its letters; not more than can be marked. */
export function placesOf(text: string, needle: string): number[] {
  const places: number[] = [];
  if (needle === '') return places;
  const [all, wanted] = [text.toLowerCase(), needle.toLowerCase()];
  for (let at = all.indexOf(wanted); at >= 0 && places.length < PLACES_MAX; at = all.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}
