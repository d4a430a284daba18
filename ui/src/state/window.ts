/** How a window is written at the end of a query. */
const WINDOW = /(?:^| and )started >= \S+ and started < \S+$/;

/** Returns a query with runs of a window of starts alone; it takes the place of the window before. */
export function withWindow(q: string | undefined, from: string, to: string): string {
  const rest = (q ?? '').replace(WINDOW, '').trim();
  const window = `started >= ${from} and started < ${to}`;
  if (rest === '') return window;
  return /^\(.*\)$/.test(rest) || !/\bor\b/.test(rest) ? `${rest} and ${window}` : `(${rest}) and ${window}`;
}
