/** Returns what is wrong with a text that is to be JSON, in the words of the browser. */
export function mistakeIn(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
