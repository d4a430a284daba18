import { lazy, Suspense } from 'react';
import type { Roots } from '../data/jsonPaths';
import { withTexts } from '../i18n/text';

const JsonData = lazy(() => withTexts(import('./data/JsonData'), 'data').then(({ JsonData }) => ({ default: JsonData })));

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
        </section>
      }
    >
      <JsonData {...props} />
    </Suspense>
  );
}
