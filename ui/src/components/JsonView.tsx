import { useMemo } from 'react';
import { t } from '../i18n/text';
import { pretty, size } from '../state/format';
import { CopyButton } from './CopyButton';

/** More than this is shown in part; the copy is whole. */
const SHOWN_CHARS = 200_000;

/** JSON text, laid out. Names are ink, values muted: state colours are for states alone. */
export function JsonView({ title, text }: { title: string; text: string }) {
  const shown = useMemo(() => pretty(text), [text]);
  const isCut = shown.length > SHOWN_CHARS;
  return (
    <section className="json" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="hint">{size(text)}</span>
        <CopyButton text={text} label={t('common.copyOf', { what: title })} />
      </header>
      {/* A region that scrolls must be reached by the keyboard. */}
      <pre tabIndex={0} role="region" aria-label={t('common.json', { what: title })}>
        <Coloured text={isCut ? shown.slice(0, SHOWN_CHARS) : shown} />
      </pre>
      {isCut && <p className="hint">{t('common.cut')}</p>}
    </section>
  );
}

function Coloured({ text }: { text: string }) {
  const parts = text.split(/("(?:[^"\\]|\\.)*"(?=:))/g);
  return parts.map((part, at) => (at % 2 === 1 ? <b key={at}>{part}</b> : part));
}
