import type { ReactNode } from 'react';

/** A field of a form with its label. */
export function Field(props: { label: string; isOptional?: boolean; hint?: string | undefined; children: ReactNode }) {
  const { label, isOptional = false, hint, children } = props;
  return (
    <label>
      <span>
        {label} {isOptional && <span className="hint">may be left out</span>}
      </span>
      {children}
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}
