import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { operate } from '../api/operate';
import type { DismissalView } from '../api/schema';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { ActButton } from './ActButton';
import { Answer } from './Answer';
import { When } from './When';
import '../styles/dismissed.css';

/** The failures that were dismissed: which, by whom and why. They can be taken back. */
export function Dismissed() {
  const [isOpen, setOpen] = useState(false);
  const list = useQuery({ queryKey: ['dismissals'], queryFn: operate.dismissals, enabled: isOpen });
  return (
    <details className="dismissed" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('bulk.dismissed')}</summary>
      {isOpen && (
        <Answer of={list} what={t('bulk.theDismissed')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{t('bulk.noneDismissed')}</p>
            ) : (
              <ul className="plain-list ruled">
                {items.map((dismissal) => (
                  <Dismissal key={dismissal.id} of={dismissal} />
                ))}
              </ul>
            )
          }
        </Answer>
      )}
    </details>
  );
}

function Dismissal({ of: { id, at, by, reason, workflows, step, error, runs } }: { of: DismissalView }) {
  const queries = useQueryClient();
  const takeBack = async () => {
    await operate.takeDismissalBack(id);
    await Promise.all(['overview', 'dismissals', 'runs'].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  };
  return (
    <li className="dismissal">
      <div>
        <p>
          <b className="mono">{error}</b> {step && t('bulk.dismissedAt', { step })}{' '}
          <Link to="/runs/$id" params={{ id: runs[0]! }}>
            {t('bulk.dismissedOf', { n: runs.length, workflows: workflows.join(', ') })}
          </Link>
        </p>
        <p className="hint">
          {rich('bulk.dismissedBy', { name: by, time: <When at={at} /> })}
          {reason && ` · ${reason}`}
        </p>
      </div>
      <ActButton act={takeBack}>{t('bulk.takeBack')}</ActButton>
    </li>
  );
}
