import '../styles/versions.css';
import { t } from '../i18n/text';

/** A difference in the form of `diff -u`: added and removed lines are marked by their signs, and by weight. */
export function DiffText({ text, label }: { text: string; label: string }) {
  if (text === '') return <p className="hint">{t('common.same')}</p>;
  return (
    <pre className="diff" tabIndex={0} role="region" aria-label={label}>
      {text.split('\n').map((line, at) => (
        <span key={at} className={kindOf(line)}>
          {line}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function kindOf(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return 'file';
  if (line.startsWith('@@')) return 'place';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : '';
}
