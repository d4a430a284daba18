/** The lower bits of the number of a delivery tell apart what came in the same millisecond. */
const COUNTER_DIGITS = 4;

/** Returns when the delivery with a number came. */
export function cameAt(number: string): string {
  return new Date(parseInt(number.slice(0, -COUNTER_DIGITS), 16)).toISOString();
}
