import type { Run } from '../../api/types';
import { JsonView } from '../../components/JsonView';
import { t } from '../../i18n/text';
import { isOver } from '../../state/status';

/** Input and output of the run, side by side. */
export function DataTab({ run }: { run: Run }) {
  return (
    <div className="sides">
      {run.input !== undefined && <JsonView title={t('run.input')} text={run.input} />}
      {run.output !== undefined ? (
        <JsonView title={t('run.output')} text={run.output} />
      ) : (
        <section className="json">
          <header>
            <h2>{t('run.output')}</h2>
          </header>
          <p className="hint">{isOver(run.status) ? t('run.noOutput') : t('run.noOutputYet')}</p>
        </section>
      )}
    </div>
  );
}
