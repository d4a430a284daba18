import { t } from '../i18n/text';
import { CopyButton } from './CopyButton';

/** A text as it is. */
export function CodeView({ title, text }: { title: string; text: string }) {
  return (
    <section className="json" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <CopyButton text={text} label={t('common.copyOf', { what: title })} />
      </header>
      <pre tabIndex={0} role="region" aria-label={t('common.text', { what: title })}>
        {text}
      </pre>
    </section>
  );
}
