import { t } from '../i18n/text';
import type { Equivalent } from '../state/equivalents';
import { Command } from './Command';

/** What a dialog does, as commands that can be copied. */
export function Equivalents({ of }: { of: readonly Equivalent[] }) {
  return (
    <details className="equivalents">
      <summary>{t('common.asCommand')}</summary>
      {of.map(({ by, text }) => (
        <div key={by}>
          <p className="hint">{t(`common.by_${by}`)}</p>
          <Command text={text} />
        </div>
      ))}
    </details>
  );
}
