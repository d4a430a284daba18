import { useState } from 'react';
import { runs } from '../../api/runs';
import type { TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { ParamFields } from '../../components/ParamFields';
import type { Graph } from '../../graph/compile';
import { t } from '../../i18n/text';
import { againOf, changed, type Extent, gone, paramsOfInput, renewed, tasksOf, textsOf } from '../../state/again';
import { rerunAs } from '../../state/equivalents';
import { type Param, read, type Texts } from '../../state/params';

/** The version that a pipeline has now: its number, whether the run has an older one, and what it is asked with. */
export interface Latest {
  number: number;
  isNewer: boolean;
  params: readonly Param[];
}

/** What can be chosen, its words, and whether it is there to choose. */
type Choice = readonly [Extent, string, boolean];

interface Props {
  run: Run;
  graph: Graph;
  tasks: readonly TaskView[];
  params: readonly Param[];
  /** The task that is selected. */
  step: string | null;
  hasFailed: boolean;
  /** The version that the pipeline has now. */
  latest: Latest | undefined;
  /** What is chosen at first: of what runs again, or of how another run begins. */
  begins: Extent;
  /** Told the run that goes on, or that began. */
  onBegun: (run: string) => void;
  onClose: () => void;
}

/** Asks what of a closed run is to run again, or which version another run has, and with which params. */
export function RerunDialog({ run, graph, tasks, params: own, step, hasFailed, latest, begins, onBegun, onClose }: Props) {
  const [extent, setExtent] = useState<Extent>(begins);
  const [written, setWritten] = useState<{ own?: Texts; latest?: Texts }>({});
  const which = extent === 'latest' && latest ? 'latest' : 'own';
  const params = which === 'latest' ? latest!.params : own;
  const isNew = begins === 'new' || begins === 'latest';
  const before = paramsOfInput(run.input);
  const texts = written[which] ?? textsOf(params, which === 'latest' ? renewed(own, params, before) : before);
  const { mistakes } = read(params, texts);
  const isFixed = params.some(({ secret }) => secret);
  const differ = isFixed ? {} : { ...(which === 'latest' && gone(params, before)), ...changed(params, before, texts) };
  const order = { ...tasksOf(extent, step), ...(Object.keys(differ).length > 0 && { params: differ }) };
  const again = againOf(extent, step, graph, tasks);
  const begin = async () => {
    const { id } = await runs.rerun(run.id, order);
    onBegun(id);
  };
  const ofThis: readonly Choice[] = [
    ['failed', t('run.rerun_failed'), hasFailed],
    ['from', step === null ? t('run.rerun_from_selected') : t('run.rerun_from', { step }), step !== null],
    ['only', step === null ? t('run.rerun_only_selected') : t('run.rerun_only', { step }), step !== null],
    ['all', t('run.rerun_all'), true],
  ];
  const hasLatest = latest !== undefined && (latest.isNewer || begins === 'latest');
  const ofAnother: readonly Choice[] = hasLatest
    ? [['new', t('run.again_same'), true], ['latest', t('run.again_latest', { number: latest.number }), true]]
    : [];
  const choices = isNew ? ofAnother : ofThis;
  return (
    <Ask
      title={isNew ? t('run.againTitle') : t('run.redriveTitle')}
      verb={isNew ? t('run.againVerb') : t('run.redrive')}
      act={begin}
      onClose={onClose}
      isReady={isFixed || Object.keys(mistakes).length === 0}
    >
      <p>{isNew ? t('run.againHint') : t('run.rerunHint')}</p>
      {choices.length > 0 && (
        <fieldset className="choices">
          <legend>{isNew ? t('run.againWhich') : t('run.rerunWhat')}</legend>
          {choices.map(([value, word, isThere]) => (
            <label key={value} className="check">
              <input type="radio" name="extent" checked={extent === value} disabled={!isThere} onChange={() => setExtent(value)} />
              {word}
            </label>
          ))}
        </fieldset>
      )}
      {!isNew && <p className="hint">{t('run.rerunTasks', { n: again.length, tasks: again.join(', ') })}</p>}
      {isFixed && <p className="hint">{t('run.secretParams')}</p>}
      {!isFixed && params.length > 0 && (
        <details open={which === 'latest' && Object.keys(differ).length > 0}>
          <summary>{t('run.changeParams')}</summary>
          <div className="form plain">
            <ParamFields params={params} texts={texts} mistakes={mistakes} onChange={(next) => setWritten({ ...written, [which]: next })} />
          </div>
        </details>
      )}
      <Equivalents of={rerunAs(run.id, order)} />
    </Ask>
  );
}
