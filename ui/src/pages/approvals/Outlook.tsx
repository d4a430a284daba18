import type { ApprovalItem } from '../../api/schema';
import { t } from '../../i18n/text';
import { duration } from '../../state/format';

/** How long there is to decide; nothing where nobody says. */
export function Due({ item, now }: { item: ApprovalItem; now: number }) {
  if (item.due === undefined) return null;
  const left = Date.parse(item.due) - now;
  return <span title={item.due}>{left > 0 ? t('approvals.dueIn', { duration: duration(left) }) : t('approvals.overdue')}</span>;
}

/** What comes of each answer, and of none. What an older server asked says nothing of it. */
export function Outlook({ item }: { item: ApprovalItem }) {
  const { next, on_reject: onReject, on_timeout: onTimeout } = item;
  if (onReject === undefined) return null;
  return (
    <section aria-label={t('approvals.then')}>
      <h3>{t('approvals.then')}</h3>
      <ul className="plain-list hint">
        <li>{approved(next ?? [], item.count ?? 1)}</li>
        <li>{onReject === 'skip' ? t('approvals.thenSkipped') : t('approvals.thenFails')}</li>
        {onTimeout && isKnown(onTimeout) && <li>{t(`approvals.silent_${onTimeout}`)}</li>}
      </ul>
    </section>
  );
}

function approved(next: readonly string[], needed: number): string {
  if (next.length === 0) return t('approvals.thenApproved');
  const tasks = next.join(', ');
  return needed > 1 ? t('approvals.thenMore', { needed, tasks }) : t('approvals.thenNext', { tasks });
}

function isKnown(silence: string): silence is 'reject' | 'approve' | 'fail' {
  return ['reject', 'approve', 'fail'].includes(silence);
}
