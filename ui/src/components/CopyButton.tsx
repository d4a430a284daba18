import { useState } from 'react';
import { t } from '../i18n/text';

const SHOWN_MS = 1_500;

interface Props {
  text: string;
  label: string;
  /** What stands on it; “Copy”, if nothing else. */
  word?: string;
}

export function CopyButton({ text, label, word = t('common.copy') }: Props) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button type="button" className="quiet small" aria-label={label} onClick={() => void copy().catch(() => {})}>
      {isCopied ? t('common.copied') : word}
    </button>
  );
}
