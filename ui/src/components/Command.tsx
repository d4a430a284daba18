import { t } from '../i18n/text';
import { CopyButton } from './CopyButton';

/** A command for a terminal. */
export function Command({ text }: { text: string }) {
  return (
    <p className="command">
      <code>
        {/* Each word stays whole where it has room in a line: the browser would break at the hyphens of flags. */}
        {text.split(/(?<=\s)/).map((word, at) => (
          <span key={at}>{word}</span>
        ))}
      </code>
      <CopyButton text={text} label={t('common.copyCommand')} />
    </p>
  );
}
