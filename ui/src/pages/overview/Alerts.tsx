import { Link } from '@tanstack/react-router';
import type { AlertTold, AlertView, FiringAlert } from '../../api/schema';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';

/** The rules that tell of the server: what holds now, and what each told last. Where there is none, nothing is said. */
export function Alerts({ rules }: { rules: readonly AlertView[] }) {
  if (rules.length === 0) return null;
  const firingFirst = rules.toSorted((one, another) => Number(another.firing.length > 0) - Number(one.firing.length > 0));
  return (
    <section className="block" aria-label={t('overview.alerts')}>
      <h2>{t('overview.alerts')}</h2>
      <ul className="plain-list ruled">
        {firingFirst.map((rule) => (
          <li key={`${rule.pipeline}/${rule.trigger}`} className="stack alert-rule">
            <div className="line">
              <Sign rule={rule} />
              <Link to="/pipelines/$name" params={{ name: rule.pipeline }} search={{ tab: 'triggers' }} className="cut">
                {rule.pipeline} · {rule.trigger}
              </Link>
              <span className="hint mono cut">{rule.rule}</span>
              <Told last={rule.last} />
            </div>
            {rule.firing.map((firing) => (
              <Firing key={firing.subject} {...firing} />
            ))}
            {rule.trouble && <p className="hint">{rule.trouble.error}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sign({ rule: { firing, paused, trouble } }: { rule: AlertView }) {
  if (firing.length > 0) return <Status status="failed" word={t('overview.alertHolds')} />;
  if (trouble) return <Status status="failed" word={t('overview.alertTrouble')} />;
  if (paused) return <Status status="blocked" word={t('overview.alertPaused')} />;
  return <Status status="not_reached" word={t('overview.alertQuiet')} />;
}

/** When it told something last, with a way to the run that did. */
function Told({ last }: { last: AlertTold | undefined }) {
  if (!last) return <span className="hint">{t('overview.alertNever')}</span>;
  const time = <When at={last.at} />;
  if (last.run === undefined) return <span className="hint" title={last.reason}>{rich('overview.alertTold', { time })}</span>;
  const run = (
    <Link to="/runs/$id" params={{ id: last.run }} title={runName(last.run)}>
      {time}
    </Link>
  );
  return <span className="hint">{rich('overview.alertTold', { time: run })}</span>;
}

function Firing({ summary, since, times }: FiringAlert) {
  return (
    <p className="hint">
      {summary} · {rich('overview.alertSince', { n: times, time: <When at={since} /> })}
    </p>
  );
}
