import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../../api/client';
import type { RunHistogram } from '../../api/schema';
import { t } from '../../i18n/text';
import { Histogram } from '../../pages/runs/Histogram';
import { SINCE, type Since } from '../../router';
import { amount, percent } from '../../state/format';
import { useFresh } from '../../state/fresh';
import { startedFrom } from '../../state/since';
import { Answer } from '../Answer';
import { Empty } from '../Empty';
import { DurationLines } from './DurationLines';
import '../../styles/histogram.css';
import '../../styles/metrics.css';

interface Props {
  workflow: string;
  since: Since;
  onChange: (since: Since) => void;
}

/** How the runs of a workflow went over a while: how many, how well, how long they took. */
export function Metrics({ workflow, since, onChange }: Props) {
  const navigate = useNavigate();
  const chosen = useMemo(() => ({ workflow, startedFrom: startedFrom(since) }), [workflow, since]);
  const runs = useQuery({ queryKey: ['histogram', chosen], queryFn: () => api.histogram(chosen), placeholderData: (before) => before });
  useFresh(['histogram']);
  const show = (from: string, to: string) => void navigate({ to: '/runs', search: { workflow, q: `started >= ${from} and started < ${to}` } });
  return (
    <div className="stack">
      <label className="metrics-since">
        {t('metrics.since')}{' '}
        <select value={since} onChange={({ target }) => onChange(target.value as Since)}>
          {SINCE.map((one) => <option key={one} value={one}>{t(`metrics.last_${one}`)}</option>)}
        </select>
      </label>
      <Answer of={runs} what={t('metrics.what')}>
        {(histogram) =>
          histogram.total === 0 ? (
            <Empty title={t('metrics.none')} />
          ) : (
            <>
              <Figures of={histogram} />
              {histogram.items.length > 1 && (
                <section className="block" aria-label={t('metrics.runs')}>
                  <h2>{t('metrics.runs')}</h2>
                  <Histogram chosen={chosen} onSelect={show} />
                </section>
              )}
              <section className="block" aria-label={t('metrics.durations')}>
                <h2>{t('metrics.durations')}</h2>
                <DurationLines bars={histogram.items} />
              </section>
            </>
          )
        }
      </Answer>
    </div>
  );
}

function Figures({ of: { items, total, isPartial } }: { of: RunHistogram }) {
  const sum = (part: 'succeeded' | 'failed' | 'aborted' | 'running') => items.reduce((all, bar) => all + bar[part], 0);
  const [succeeded, failed] = [sum('succeeded'), sum('failed')];
  const figures = [
    [t('metrics.runs'), amount(total)],
    [t('metrics.succeeded'), amount(succeeded)],
    [t('metrics.failed'), amount(failed)],
    [t('metrics.well'), percent(succeeded, succeeded + failed)],
  ] as const;
  return (
    <>
      <dl className="metrics-figures">
        {figures.map(([name, figure]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      {isPartial && <p className="hint">{t('metrics.partly')}</p>}
    </>
  );
}
