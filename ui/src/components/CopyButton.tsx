import { useState } from 'react';
import { t } from '../i18n/text';

const SHOWN_MS = 1_500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button type="button" className="quiet small" aria-label={label} onClick={() => void copy().catch(() => {})}>
      {isCopied ? t('common.copied') : t('common.copy')}
    </button>
  );
}
