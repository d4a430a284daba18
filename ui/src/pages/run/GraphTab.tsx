import { lazy, memo, type ReactNode, Suspense, useId, useState } from 'react';
import type { StepStatus } from '../../api/types';
import { Split } from '../../components/Split';
import type { Graph, GraphNode } from '../../graph/compile';
import { t } from '../../i18n/text';
import type { StepStore } from '../../state/stepStore';
import { ranked } from '../../state/ranks';

const StepList = lazy(() => import('./StepList').then(({ StepList }) => ({ default: StepList })));
const Canvas = lazy(() => import('../../graph/Canvas').then(({ Canvas }) => ({ default: Canvas })));

/** A graph of more steps than this cannot be looked over. */
const FIND_FROM = 25;

interface Props {
  graph: Graph | null;
  store: StepStore;
  step: string | null;
  asList: boolean;
  onSelect: (state: string) => void;
  onShowAs: (as: 'graph' | 'list') => void;
  /** The list shows steps with this status alone. */
  only: StepStatus | undefined;
  onShowAll: () => void;
  /** The containers that the address has open. */
  opened: readonly string[] | undefined;
  onOpened: (ids: readonly string[]) => void;
  inspect: (node: GraphNode) => ReactNode;
}

/** The states of the definition, or the tasks, and what became of them: drawn, or as a list. */
export function GraphTab({ graph, store, step, asList, onSelect, onShowAs, only, onShowAll, opened, onOpened, inspect }: Props) {
  if (graph === null) return <p className="empty">{t('run.notDrawn')}</p>;
  const node = graph.nodes.find(({ id }) => id === step);
  return (
    <Split>
      <div className="graph-side">
        <div className="graph-tools">
          <div className="segments" role="group" aria-label={t('run.showAs')}>
            <button type="button" aria-pressed={!asList} onClick={() => onShowAs('graph')}>{t('run.graph')}</button>
            <button type="button" aria-pressed={asList} onClick={() => onShowAs('list')}>{t('run.list')}</button>
          </div>
          {!asList && graph.nodes.length > FIND_FROM && <FindStep graph={graph} onSelect={onSelect} />}
        </div>
        <Suspense fallback={null}>
          {asList ? (
            <StepList graph={graph} store={store} step={step} onSelect={onSelect} only={only} onShowAll={onShowAll} opened={opened} onOpened={onOpened} />
          ) : (
            <Canvas graph={graph} store={store} step={step} onSelect={onSelect} opened={opened} onOpened={onOpened} />
          )}
        </Suspense>
      </div>
      {node ? (
        inspect(node)
      ) : (
        <aside className="inspector" aria-label={t('run.step')}>
          <p className="hint">{t('run.selectStep')}</p>
        </aside>
      )}
    </Split>
  );
}

/** Selects the step whose name is chosen, or on Enter the one that fits best what is written. */
const FindStep = memo(function FindStep({ graph, onSelect }: Pick<Props, 'onSelect'> & { graph: Graph }) {
  const list = useId();
  // They are many, and nobody may look for one.
  const [isWanted, setWanted] = useState(false);
  const names = graph.nodes.map(({ id, label }) => ({ id, label: label ?? id }));
  const choose = (found: (typeof names)[number] | undefined) => found && onSelect(found.id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = String(new FormData(event.currentTarget).get('step')).trim();
        if (wanted !== '') choose(ranked(names, wanted)[0]);
      }}
    >
      <input
        name="step"
        list={list}
        aria-label={t('run.findStep')}
        placeholder={t('run.findStep')}
        spellCheck={false}
        autoComplete="off"
        onFocus={() => setWanted(true)}
        onChange={({ target }) => choose(names.find(({ label }) => label === target.value))}
      />
      <datalist id={list}>
        {isWanted && names.map(({ id, label }) => <option key={id} value={label} />)}
      </datalist>
    </form>
  );
});
