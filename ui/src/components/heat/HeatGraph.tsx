import '../../styles/heat.css';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../../api/client';
import type { StepFigure, StepFigures } from '../../api/schema';
import { Canvas, type Drawing } from '../../graph/Canvas';
import type { Graph } from '../../graph/compile';
import { StepEdge } from '../../graph/edge';
import { t } from '../../i18n/text';
import { type HeatOf, HEATS } from '../../router';
import { amount, duration } from '../../state/format';
import { StepStore } from '../../state/stepStore';
import { Answer } from '../Answer';
import { Status } from '../Glyph';
import { Split } from '../Split';
import { Failures } from './Failures';
import { endsOf, heatOf, HeatContext } from './heat';
import { HeatNode } from './HeatNode';

/** So many runs are looked into, the latest ones. */
const RUNS = 50;
const DRAWING: Drawing = { Node: HeatNode, Way: StepEdge, follows: true };

interface Props {
  workflow: string;
  graph: Graph | null;
  heat: HeatOf;
  step: string | undefined;
  onChange: (change: { heat?: HeatOf; step?: string }) => void;
}

/** The graph of a workflow, and how its steps went in the latest runs. */
export function HeatGraph(props: Props) {
  const { workflow } = props;
  const figures = useQuery({ queryKey: ['figures', workflow, RUNS], queryFn: () => api.stepFigures(workflow, RUNS) });
  return (
    <Answer of={figures} what={t('heat.what')}>
      {(told) => <Shown {...props} told={told} />}
    </Answer>
  );
}

function Shown({ graph, heat, step, onChange, told }: Props & { told: StepFigures }) {
  const shown = useMemo(() => heatOf(heat, told.items), [heat, told]);
  // Nothing runs here: the ways of a definition are all alike.
  const [store] = useState(() => new StepStore());
  return (
    <Split>
      <div className="heat-side">
        <div className="filters">
          <label>
            {t('heat.show')}
            <select value={heat} onChange={({ target }) => onChange({ heat: target.value as HeatOf })}>
              {HEATS.map((one) => (
                <option key={one} value={one}>{t(`heat.${one}`)}</option>
              ))}
            </select>
          </label>
          {told.runs > 0 && <span className="hint">{t('heat.of', { n: told.runs })}</span>}
          {told.omittedRuns > 0 && <span className="hint">{t('heat.omitted', { n: told.omittedRuns })}</span>}
        </div>
        {graph === null ? (
          <p className="empty">{t('heat.notDrawn')}</p>
        ) : (
          <HeatContext value={shown}>
            <Canvas graph={graph} store={store} step={step ?? null} onSelect={(step) => onChange({ step })} drawing={DRAWING} />
          </HeatContext>
        )}
      </div>
      <aside className="inspector" aria-label={step ?? t('heat.byStep')}>
        {step !== undefined && <Measured key={step} step={step} figure={shown.figures.get(step)} />}
        {(told.runs > 0 || told.omittedRuns === 0) && <Failures items={told.items} graph={graph} />}
      </aside>
    </Split>
  );
}

/** What was measured of one step. */
function Measured({ step, figure }: { step: string; figure: StepFigure | undefined }) {
  const { durations, retried = 0 } = figure ?? {};
  return (
    <section aria-label={t('heat.step')}>
      <h2>{step}</h2>
      {figure === undefined ? (
        <p className="hint">{t('heat.notReached')}</p>
      ) : (
        <dl className="facts-list">
          <div>
            <dt>{t('heat.ended')}</dt>
            <dd className="ends-of">
              {endsOf(figure).map(([status, count]) => (
                <span key={status}>
                  <b>{amount(count)}</b> <Status status={status} />
                </span>
              ))}
            </dd>
          </div>
          <div>
            <dt>{t('heat.retries')}</dt>
            <dd>{amount(retried)}</dd>
          </div>
          {durations && (
            <>
              <div>
                <dt>{t('heat.p50')}</dt>
                <dd>{duration(durations.p50Ms)}</dd>
              </div>
              <div>
                <dt>{t('heat.p95')}</dt>
                <dd>{duration(durations.p95Ms)}</dd>
              </div>
            </>
          )}
        </dl>
      )}
    </section>
  );
}
