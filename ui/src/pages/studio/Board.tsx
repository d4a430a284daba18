import { useMemo, useRef, useState } from 'react';
import { t } from '../../i18n/text';
import { DraftCanvas, type Handles } from '../../studio/DraftCanvas';
import type { FoundProblem } from '../../studio/problems';
import type { Workbench } from '../../studio/useWorkbench';
import type { Spot } from '../../studio/writing';

/** What stands on the key that deletes. */
const DELETE = 'Del';

interface Props {
  bench: Workbench;
  onInsert: (spot: Spot) => void;
  onAdd: () => void;
}

/** The graph with what can be done to it. While the text is broken it shows what it last could. */
export function Board({ bench, onInsert, onAdd }: Props) {
  const { drawn, step, problems, editor, remove, select } = bench;
  const handles = useHandles(bench, onInsert);
  const counts = useMemo(() => countBy(problems), [problems]);
  const { graph, isStale } = drawn;
  return (
    <section className={isStale ? 'board stale-board' : 'board'} aria-label={t('studio.graph')}>
      <div className="board-tools" role="toolbar" aria-label={t('studio.tools')}>
        <button type="button" className="small" disabled={isStale} onClick={onAdd}>
          {t('studio.add')} <kbd>a</kbd>
        </button>
        <button type="button" className="small" disabled={isStale || step === null} onClick={remove}>
          {t('studio.remove')} <kbd>{DELETE}</kbd>
        </button>
        <button type="button" className="small" onClick={() => editor.current?.undo()}>{t('studio.undo')}</button>
        <button type="button" className="small" onClick={() => editor.current?.redo()}>{t('studio.redo')}</button>
        {isStale && <p className="board-stale" role="status">{t('studio.lastValid')}</p>}
      </div>
      {graph && graph.nodes.length > 0 ? (
        <DraftCanvas graph={graph} step={step} problems={counts} onSelect={select} {...(!isStale && { handles })} />
      ) : (
        <p className="empty">{t('studio.noSteps')}</p>
      )}
    </section>
  );
}

/** What can be done on the canvas, the same as long as the board is there. */
function useHandles(bench: Workbench, insert: (spot: Spot) => void): Handles {
  const latest = useRef({ bench, insert });
  latest.current = { bench, insert };
  const [handles] = useState<Handles>(() => ({
    insert: (spot) => latest.current.insert(spot),
    others: (from) => {
      const { writing, writer } = latest.current.bench;
      return writing.form(writer.text, from)?.others ?? [];
    },
    connect: (way, to) => latest.current.bench.connect(way, to),
  }));
  return handles;
}

function countBy(problems: readonly FoundProblem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { step } of problems) if (step !== null) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}
