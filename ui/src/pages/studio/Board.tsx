import { useMemo, useRef, useState } from 'react';
import { t } from '../../i18n/text';
import { DraftCanvas, type Handles } from '../../studio/DraftCanvas';
import type { FoundProblem } from '../../studio/problems';
import type { Workbench } from '../../studio/useWorkbench';
import type { Spot } from '../../studio/writing';
import { useDrops } from './drops';
import { StepPalette } from './StepPalette';

/** What stands on the key that deletes. */
const DELETE = 'Del';
const SHELF = 'compasso.shelf';
/** Windows this wide have room for the palette beside the graph. */
const WIDE = '(min-width: 1360px)';

interface Props {
  bench: Workbench;
  onInsert: (spot: Spot) => void;
  onAdd: () => void;
}

/** The graph with what can be done to it. While the text is broken it shows what it last could. */
export function Board({ bench, onInsert, onAdd }: Props) {
  const { drawn, step, problems, editor, remove, select, add, writing } = bench;
  const handles = useHandles(bench, onInsert);
  const counts = useMemo(() => countBy(problems), [problems]);
  const { graph, isStale } = drawn;
  const [hasShelf, toggleShelf] = useShelf();
  const drops = useDrops(step, !isStale, add);
  return (
    <section className={isStale ? 'board stale-board' : 'board'} aria-label={t('studio.graph')}>
      <div className="board-tools" role="toolbar" aria-label={t('studio.tools')}>
        <button type="button" className="small shelf-switch" aria-pressed={hasShelf} onClick={toggleShelf}>{t('studio.shelf')}</button>
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
      <div className="board-body">
        {hasShelf && (
          <div className="shelf" role="group" aria-label={t('studio.shelf')} inert={isStale}>
            <StepPalette writing={writing} isDragged onChoose={(kind) => add({ from: step }, kind)} />
          </div>
        )}
        <div className="board-graph" {...drops}>
          {graph && graph.nodes.length > 0 ? (
            <DraftCanvas graph={graph} step={step} problems={counts} onSelect={select} {...(!isStale && { handles })} />
          ) : (
            // Whether there is one is not known before the first look at the text.
            graph !== null && <p className="empty">{t('studio.noSteps')}</p>
          )}
        </div>
      </div>
    </section>
  );
}

/** Whether the palette stands beside the graph: as it was left, else where there is room. */
function useShelf(): [boolean, () => void] {
  const [isOpen, setOpen] = useState(() => (localStorage.getItem(SHELF) ?? String(matchMedia(WIDE).matches)) === 'true');
  const toggle = () => {
    localStorage.setItem(SHELF, String(!isOpen));
    setOpen(!isOpen);
  };
  return [isOpen, toggle];
}

/** What can be done on the canvas, the same as long as the board is there. */
function useHandles(bench: Workbench, insert: (spot: Spot) => void): Handles {
  const latest = useRef({ bench, insert });
  latest.current = { bench, insert };
  const [handles] = useState<Handles>(() => ({
    insert: (spot) => latest.current.insert(spot),
    others: (from) => {
      const { writing, writer } = latest.current.bench;
      return writing.targets(writer.text, from);
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
