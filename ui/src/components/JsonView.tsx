import { lazy, Suspense } from 'react';
import type { Roots } from '../data/jsonPaths';
import { withTexts } from '../i18n/text';
import { pretty } from '../state/format';

const JsonData = lazy(() => withTexts(import('./data/JsonData'), 'data').then(({ JsonData }) => ({ default: JsonData })));

/** Height of what is around the lines, and of one. */
const ROOM = { around: 52, line: 20 };
/** Longer texts fill the room that there is. */
const COUNTED_CHARS_MAX = 100_000;

/** Returns how high a text will be, so that nothing jumps when it comes. */
function roomOf(text: string): number {
  const lines = text.length > COUNTED_CHARS_MAX ? COUNTED_CHARS_MAX : pretty(text).split('\n').length;
  return ROOM.around + ROOM.line * lines;
}

export interface JsonViewProps {
  title: string;
  /** JSON text, as it is stored. */
  text: string;
  /** From where ways to its values begin; those of a state's input, if nothing else. */
  roots?: Roots;
}

/** JSON text: laid out, searched, and with the way to each of its values. */
export function JsonView(props: JsonViewProps) {
  const { title } = props;
  return (
    <Suspense
      fallback={
        <section className="json" aria-label={title}>
          <header>
            <h2>{title}</h2>
          </header>
          <div style={{ height: `min(70vh, ${roomOf(props.text)}px)` }} />
        </section>
      }
    >
      <JsonData {...props} />
    </Suspense>
  );
}
