import { useMemo } from 'react';
import { t } from '../../../i18n/text';
import { marked, piecesOfLine } from '../../../state/ansi';
import { pretty } from '../../../state/format';

interface Props {
  text: string;
  /** The text that is searched for. */
  mark: string;
  /** Whether it is laid out, where it is JSON. */
  isOpen: boolean;
  onToggle: () => void;
}

/** What a line says, in its colours; a line that is JSON opens. */
export function LogText({ text, mark, isOpen, onToggle }: Props) {
  const pieces = useMemo(() => marked(piecesOfLine(text), mark), [text, mark]);
  const isData = useMemo(() => isJson(text), [text]);
  return (
    <span className="log-text">
      {isData && (
        <button type="button" className="fold" tabIndex={-1} aria-expanded={isOpen} aria-label={isOpen ? t('logs.close') : t('logs.open')} onClick={onToggle}>
          {isOpen ? '−' : '+'}
        </button>
      )}
      {isData && isOpen ? <span className="log-data">{pretty(text)}</span> : pieces.map(({ text, style, isHit }, at) => {
        const key = `${at} ${text}`;
        return isHit ? <mark key={key} className={style}>{text}</mark> : <span key={key} className={style || undefined}>{text}</span>;
      })}
    </span>
  );
}

/** An object or a list, and nothing else on its line. */
function isJson(text: string): boolean {
  if (!/^\s*(\{.*\S.*\}|\[.*\{.*\])\s*$/s.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
