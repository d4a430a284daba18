import { choice } from './choice';

export const theme = choice('compasso.theme', ['system', 'light', 'dark']);

/** Goes on to the next theme. */
export function switchTheme(): void {
  const at = theme.values.indexOf(theme.get());
  theme.set(theme.values[(at + 1) % theme.values.length]!);
}
