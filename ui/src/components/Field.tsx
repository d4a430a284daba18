import type { ReactNode } from 'react';
import { t } from '../i18n/text';

/** A field of a form with its label. */
export function Field(props: { label: string; isOptional?: boolean; hint?: string | undefined; children: ReactNode }) {
  const { label, isOptional = false, hint, children } = props;
  return (
    <label>
      <span>
        {label} {isOptional && <span className="hint">{t('common.optional')}</span>}
      </span>
      {children}
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}
