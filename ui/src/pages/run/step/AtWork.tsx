import type { ActionView } from '../../../api/schema';
import type { Run, StepStatus } from '../../../api/types';
import { Status } from '../../../components/Glyph';
import { When } from '../../../components/When';
import { t } from '../../../i18n/text';

/** What goes on beside the tasks of a run, and keeps it open: what is being undone, and its hooks; and the hooks that failed for good. */
export function AtWork({ run: { undoing = [], openHooks = [], failedHooks = [] } }: { run: Run }) {
  return (
    <ul className="plain-list at-work" aria-label={t('step.atWork')}>
      {undoing.map((action) => <Tried key={action.name} what={t('step.undoing', { name: action.name })} action={action} />)}
      {openHooks.map((action) => <Tried key={action.name} what={t('step.hook', { name: action.name })} action={action} />)}
      {failedHooks.map(({ hook, error, cause }) => (
        <li key={hook} className="facts">
          <Status status="failed" />
          <span>{t('step.hook', { name: hook })}</span>
          <Problem error={error} cause={cause} />
        </li>
      ))}
    </ul>
  );
}

function Tried({ what, action: { state, attempt, until, error, cause } }: { what: string; action: ActionView }) {
  return (
    <li className="facts">
      <Status status={state as StepStatus} />
      <span>{what}</span>
      <span>{t('step.attempt', { n: attempt })}</span>
      {until && <span>{state === 'retrying' ? t('common.nextAttempt') : t('common.goesOn')} <When at={until} /></span>}
      {error !== undefined && <span>{t('common.earlierAttempt')} <Problem error={error} cause={cause} /></span>}
    </li>
  );
}

function Problem({ error, cause }: { error: string; cause: string | undefined }) {
  return <span className="mono">{cause ? `${error}: ${cause}` : error}</span>;
}
