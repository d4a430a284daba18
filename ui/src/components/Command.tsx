import { t } from '../i18n/text';
import { CopyButton } from './CopyButton';

/** A command for a terminal. */
export function Command({ text }: { text: string }) {
  return (
    <p className="command">
      <code>{text}</code>
      <CopyButton text={text} label={t('common.copyCommand')} />
    </p>
  );
}
