import type { Overview } from '../../api/schema';
import { FirstSteps } from '../../components/FirstStart';
import { t } from '../../i18n/text';
import { choice, useChoice } from '../../state/choice';

/** A server with fewer runs than this in a day is new to somebody. */
const RUNS_OF_NEWCOMERS = 10;

const steps = choice('compasso.first-steps', ['shown', 'hidden']);

/** The first steps, on a server that does not do much yet, until the reader puts them away. */
export function Newcomer({ overview: { running, ended } }: { overview: Overview }) {
  const isHidden = useChoice(steps) === 'hidden';
  const runs = Object.values(ended).reduce((sum, count) => sum + count, running);
  if (isHidden || runs > RUNS_OF_NEWCOMERS) return null;
  return (
    <section className="block newcomer" aria-label={t('start.firstSteps')}>
      <div className="page-head">
        <h2>{t('start.firstSteps')}</h2>
        <button type="button" className="quiet small" onClick={() => steps.set('hidden')}>
          {t('start.hide')}
        </button>
      </div>
      <FirstSteps />
    </section>
  );
}
