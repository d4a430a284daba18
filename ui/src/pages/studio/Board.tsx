import { useMemo } from 'react';
import { t } from '../../i18n/text';
import { DraftCanvas } from '../../studio/DraftCanvas';
import type { FoundProblem } from '../../studio/problems';
import type { Drawn } from '../../studio/useLook';
import type { Spot } from '../../studio/writing';

interface Props {
  drawn: Drawn;
  step: string | null;
  problems: readonly FoundProblem[];
  onSelect: (step: string) => void;
  onInsert: (spot: Spot) => void;
  onAdd: () => void;
  onRemove: (() => void) | undefined;
  onUndo: () => void;
  onRedo: () => void;
}

/** The graph with what can be done to it. While the text is broken it shows what it last could. */
export function Board({ drawn, step, problems, onSelect, onInsert, onAdd, onRemove, onUndo, onRedo }: Props) {
  const counts = useMemo(() => countBy(problems), [problems]);
  const { graph, isStale } = drawn;
  return (
    <section className={isStale ? 'board stale-board' : 'board'} aria-label={t('studio.graph')}>
      <div className="board-tools" role="toolbar" aria-label={t('studio.tools')}>
        <button type="button" className="small" disabled={isStale} onClick={onAdd}>
          {t('studio.add')} <kbd>a</kbd>
        </button>
        <button type="button" className="small" disabled={isStale || !onRemove} onClick={onRemove}>
          {t('studio.remove')} <kbd>⌦</kbd>
        </button>
        <button type="button" className="small" onClick={onUndo}>{t('studio.undo')}</button>
        <button type="button" className="small" onClick={onRedo}>{t('studio.redo')}</button>
        {isStale && <p className="board-stale" role="status">{t('studio.lastValid')}</p>}
      </div>
      {graph && graph.nodes.length > 0 ? (
        <DraftCanvas graph={graph} step={step} problems={counts} onSelect={onSelect} {...(!isStale && { onInsert })} />
      ) : (
        <p className="empty">{t('studio.noSteps')}</p>
      )}
    </section>
  );
}

function countBy(problems: readonly FoundProblem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { step } of problems) if (step !== null) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}
