import { useState } from 'react';
import type { DraftView } from '../api/schema';

const FIRST = '{}';

/** The input that expressions are completed over and steps are tested with; the browser keeps it. */
export function useSample({ id, of }: DraftView): [string, (text: string) => void] {
  const key = `compasso.sample.${of ?? id}`;
  const [sample, setSample] = useState(() => {
    try {
      return localStorage.getItem(key) ?? FIRST;
    } catch {
      return FIRST;
    }
  });
  const keep = (text: string) => {
    setSample(text);
    try {
      localStorage.setItem(key, text);
    } catch {
      // Storage may be full or switched off; the sample then lasts as long as the page.
    }
  };
  return [sample, keep];
}
