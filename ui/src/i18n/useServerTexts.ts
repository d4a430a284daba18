import { useEffect, useState } from 'react';
import { load } from './text';

/** Has what is drawn drawn again once the texts for the words of the server have come; few pages need them. */
export function useServerTexts(): void {
  const [, setCome] = useState(false);
  useEffect(() => void load('server').then(() => setCome(true), () => {}), []);
}
