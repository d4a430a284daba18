/** How well a name fits what is looked for, the best first. */
const FITS: ((name: string, wanted: string) => boolean)[] = [
  (name, wanted) => name === wanted,
  (name, wanted) => name.startsWith(wanted),
  // At the beginning of one of its words.
  (name, wanted) => name.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)),
  (name, wanted) => name.includes(wanted),
];

/** Returns what has a label that fits, the best fit first, and in their order where they fit alike. */
export function ranked<T extends { label: string }>(all: readonly T[], wanted: string): T[] {
  const rankOf = ({ label }: T) => FITS.findIndex((fits) => fits(label.toLowerCase(), wanted.toLowerCase()));
  return FITS.flatMap((_, rank) => all.filter((one) => rankOf(one) === rank));
}
