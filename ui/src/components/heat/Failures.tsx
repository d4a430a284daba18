import { Link } from '@tanstack/react-router';
import type { StepFailure, StepFigure } from '../../api/schema';
import { t } from '../../i18n/text';
import { runsSearch } from '../../router';
import { ofRun } from '../../state/status';
import { Status } from '../Glyph';

interface Group extends StepFailure {
  of: StepFigure;
}

/** Why steps failed, the most frequent first; each leads to the steps of all its runs. */
export function Failures({ items }: { items: readonly StepFigure[] }) {
  const groups = items
    .flatMap((of) => of.failures.map((failure): Group => ({ ...failure, of })))
    .toSorted((a, b) => b.count - a.count);
  return (
    <section aria-label={t('heat.byStep')}>
      <h2>{t('heat.byStep')}</h2>
      {groups.length === 0 && <p className="hint">{t('heat.noFailures')}</p>}
      <ul className="plain-list ruled">
        {groups.map((group) => (
          <Row key={`${group.of.step}/${group.state}/${group.error}/${group.run}/${group.cause}`} group={group} />
        ))}
      </ul>
    </section>
  );
}

function Row({ group: { of, state, error, cause, count, run } }: { group: Group }) {
  const search = runsSearch({ show: 'steps', workflow: of.workflow, state, step: of.step, error });
  return (
    <li className="failure-group">
      <Status status={ofRun(state)} />
      <p>
        <b className="mono">{t('heat.at', { error: error ?? t('heat.noError'), step: of.step })}</b>
      </p>
      {cause && <p className="hint cut" title={cause}>{cause}</p>}
      <p className="facts">
        <Link to="/runs" search={search}>{t('heat.times', { n: count })}</Link>
        <Link to="/runs/$id" params={{ id: run }} search={{ step: of.step }}>{t('heat.latest')}</Link>
      </p>
    </li>
  );
}
