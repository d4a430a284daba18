/** What the server shows in place of what is secret. */
const MASK = '•••';

/** Whether what stands here, or a part of it, is hidden. */
export function isMasked(value: string): boolean {
  return value.startsWith('"') && value.includes(MASK);
}
