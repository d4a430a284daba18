import { Link } from '@tanstack/react-router';
import type { ApprovalItem } from '../../api/schema';
import { Glyph } from '../../components/Glyph';
import { firstLine } from '../../components/Markdown';
import { t } from '../../i18n/text';
import { workflowName } from '../../state/arn';
import { between, duration } from '../../state/format';
import { useNow } from '../../state/now';

/** Rows shown; the inbox has all. */
const SHOWN = 8;

/** What waits for people. */
export function People({ items }: { items: readonly ApprovalItem[] }) {
  const now = useNow(items.length > 0);
  const sorted = items.toSorted((a, b) => Date.parse(a.opened) - Date.parse(b.opened));
  return (
    <section className="block" aria-label={t('overview.people')}>
      <h2>{t('overview.people')}</h2>
      {items.length === 0 && <p className="hint">{t('overview.noPeople')}</p>}
      <ul className="plain-list ruled">
        {sorted.slice(0, SHOWN).map(({ id, message, task, run, opened }) => (
          <li key={id} className="line">
            <Glyph status="approval" />
            <Link to="/approvals" search={{ id }} className="cut">
              {firstLine(message ?? '') || task}
            </Link>
            <span className="hint cut">{workflowName(run)}</span>
            <span className="mono">{duration(between(opened, undefined, now))}</span>
          </li>
        ))}
      </ul>
      {items.length > SHOWN && <Link to="/approvals">{t('overview.allPeople', { n: items.length })}</Link>}
    </section>
  );
}
