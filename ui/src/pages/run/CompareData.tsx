import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client';
import type { Run, RunItem } from '../../api/types';
import { Answer } from '../../components/Answer';
import { Changes, type Sides } from '../../components/data/Changes';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';
import { bytes, instant } from '../../state/format';
import { ofRun, wordOf } from '../../state/status';

interface ChoiceProps {
  run: Run;
  other: string | undefined;
  onChange: (id: string) => void;
}

/** Chooses another run of the same workflow; the one before is nearest at hand. */
export function CompareWith({ run, other, onChange }: ChoiceProps) {
  const page = useQuery({ queryKey: ['runs', 'alike', run.workflow], queryFn: () => api.runs({ workflow: run.workflow }) });
  const others = (page.data?.items ?? []).filter(({ id }) => id !== run.id);
  const before = latestBefore(others, run.started);
  if (others.length === 0 && other === undefined) return null;
  return (
    <div className="filters">
      <label>
        {t('data.compareWith')}
        <select value={other ?? ''} onChange={({ target }) => onChange(target.value)}>
          <option value="">{t('data.noOther')}</option>
          {other !== undefined && !others.some(({ id }) => id === other) && <option value={other}>{runName(other)}</option>}
          {others.map(({ id, name, status, started }) => (
            <option key={id} value={id}>
              {t('data.other', { name, status: wordOf(ofRun(status)), time: instant(started) })}
            </option>
          ))}
        </select>
      </label>
      {other === undefined && before && (
        <button type="button" onClick={() => onChange(before.id)}>{t('data.compareBefore')}</button>
      )}
      {other !== undefined && <Link to="/runs/$id" params={{ id: other }} search={{ tab: 'data' }}>{t('data.openOther')}</Link>}
    </div>
  );
}

function latestBefore(runs: readonly RunItem[], started: string): RunItem | undefined {
  const before = runs.filter((run) => Date.parse(run.started) < Date.parse(started));
  return before.toSorted((one, another) => Date.parse(another.started) - Date.parse(one.started))[0];
}

const sides = (): Sides => ({
  before: { name: t('data.there'), missing: t('data.missingThere') },
  after: { name: t('data.here'), missing: t('data.missingHere') },
});

/** How input and output differ from those of another run, value by value. */
export function CompareData({ run, other }: { run: Run; other: string }) {
  const view = useQuery({ queryKey: ['run', other], queryFn: () => api.view(other) });
  return (
    <Answer of={view} what={t('data.theOther')}>
      {({ run: compared }) => (
        <div className="sides compared">
          <Changes title={t('run.input')} sides={sides()} before={compared.input} after={run.input} />
          {run.outputBytes !== undefined || compared.outputBytes !== undefined ? (
            <TooLarge size={Math.max(run.outputBytes ?? 0, compared.outputBytes ?? 0)} />
          ) : (
            <Changes title={t('run.output')} sides={sides()} before={compared.output} after={run.output} />
          )}
        </div>
      )}
    </Answer>
  );
}

function TooLarge({ size }: { size: number }) {
  return (
    <section className="json" aria-label={t('run.output')}>
      <header>
        <h2>{t('run.output')}</h2>
      </header>
      <p className="hint">{t('data.notCompared', { size: bytes(size) })}</p>
    </section>
  );
}
