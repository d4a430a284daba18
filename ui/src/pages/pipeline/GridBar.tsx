import { lazy, Suspense, useState } from 'react';
import type { CellChange } from '../../api/pipelines';
import type { Cell, GridRun } from '../../api/schema';
import { t, withTexts } from '../../i18n/text';
import '../../styles/bulk.css';

const ChangeCells = lazy(() =>
  withTexts(import('./ChangeCells'), 'grid', 'steer').then(({ ChangeCells }) => ({ default: ChangeCells })),
);

interface Props {
  name: string;
  cells: readonly Cell[];
  runs: readonly GridRun[];
  onLeave: () => void;
}

/** What can be done with the tasks of runs that are chosen. */
export function GridBar({ name, cells, runs, onLeave }: Props) {
  const [kind, setKind] = useState<CellChange | null>(null);
  const ofRuns = new Set(cells.map(({ run }) => run)).size;
  return (
    <section className="bulk" aria-label={t('pipelines.chosen')}>
      <p role="status">{t('pipelines.chosenTasks', { tasks: t('pipelines.tasks', { n: cells.length }), runs: t('pipelines.inRuns', { n: ofRuns }) })}</p>
      <div className="actions">
        <button type="button" onClick={() => setKind('rerun')}>
          {t('pipelines.runAgain')}
        </button>
        <button type="button" onClick={() => setKind('mark')}>
          {t('pipelines.mark')}
        </button>
      </div>
      <button type="button" className="quiet" onClick={onLeave}>
        {t('pipelines.leave')}
      </button>
      {kind && (
        <Suspense>
          <ChangeCells name={name} kind={kind} cells={cells} runs={runs} onClose={() => setKind(null)} />
        </Suspense>
      )}
    </section>
  );
}
