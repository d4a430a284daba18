import type { ActionView } from '../../../api/schema';
import type { Run } from '../../../api/types';
import { Status } from '../../../components/Glyph';
import { When } from '../../../components/When';
import { t } from '../../../i18n/text';
import { ofTask } from '../../../state/status';

/** What goes on beside the tasks of a run, and keeps it open: what is being undone, and its hooks; and what of these failed for good. */
export function AtWork({ run: { undoing = [], notUndone = [], openHooks = [], failedHooks = [] } }: { run: Run }) {
  return (
    <ul className="plain-list at-work" aria-label={t('step.atWork')}>
      {[...undoing, ...notUndone].map((action, at) => <Tried key={`undoing ${at}`} what={t('step.undoing', { name: action.name })} action={action} />)}
      {openHooks.map((action, at) => <Tried key={`open ${at}`} what={t('step.hook', { name: action.name })} action={action} />)}
      {failedHooks.map((failed, at) => <Tried key={`failed ${at}`} what={t('step.hook', { name: failed.hook })} action={{ ...failed, state: 'failed' }} />)}
    </ul>
  );
}

type Action = Omit<ActionView, 'name' | 'attempt'> & { attempt?: number };

function Tried({ what, action: { state, attempt, until, error, cause } }: { what: string; action: Action }) {
  return (
    <li className="facts">
      <Status status={ofTask(state)} />
      <span>{what}</span>
      {attempt !== undefined && <span>{t('step.attempt', { n: attempt })}</span>}
      {until && <span>{state === 'retrying' ? t('common.nextAttempt') : t('common.goesOn')} <When at={until} /></span>}
      {error !== undefined && (
        <span>
          {state !== 'failed' && t('common.earlierAttempt')} <span className="mono">{cause ? `${error}: ${cause}` : error}</span>
        </span>
      )}
    </li>
  );
}
