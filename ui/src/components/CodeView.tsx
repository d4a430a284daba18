import { CopyButton } from './CopyButton';

/** A text as it is. */
export function CodeView({ title, text }: { title: string; text: string }) {
  return (
    <section className="json" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <CopyButton text={text} label={`Copy: ${title}`} />
      </header>
      <pre tabIndex={0} role="region" aria-label={`Text: ${title}`}>
        {text}
      </pre>
    </section>
  );
}
