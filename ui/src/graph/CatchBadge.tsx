import { t } from '../i18n/text';

/** Returns which errors a state catches. */
export function caught({ Catch: catchers }: Record<string, unknown>): string[] {
  return Array.isArray(catchers) ? (catchers as { ErrorEquals?: string[] }[]).flatMap((catcher) => catcher?.ErrorEquals ?? []) : [];
}

/** On the lower edge of a state that catches errors: where they lead is drawn when it is chosen. */
export function CatchBadge({ source }: { source: Record<string, unknown> }) {
  const errors = caught(source);
  if (errors.length === 0) return null;
  return (
    <span className="step-catch" title={t('graph.catches', { errors: errors.join(', ') })}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d="M2 3h4a4 4 0 0 1 4 4v4M7 8l3 3 3-3" />
      </svg>
    </span>
  );
}
