import { machine } from './machine';
import { pipeline } from './pipeline';
import type { Writing } from './writing';

/** Returns what a text says of a step, as it is written there but for its indent; `null` if it is not found. */
export function sourceOf(text: string, id: string, isPipeline: boolean): string | null {
  const writing: Writing = isPipeline ? pipeline : machine;
  const place = writing.places(text).find((one) => one.id === id);
  if (!place) return null;
  const start = text.lastIndexOf('\n', place.from - 1) + 1;
  const indent = text.slice(start, place.from);
  const source = text.slice(place.from, place.to).trimEnd();
  return indent.trim() === '' ? source.replaceAll(`\n${indent}`, '\n') : source;
}
