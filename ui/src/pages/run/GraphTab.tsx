import { lazy, type ReactNode, Suspense } from 'react';
import type { Graph, GraphNode } from '../../graph/compile';
import type { StepStore } from '../../state/stepStore';
import { StepList } from './StepList';

const Canvas = lazy(() => import('../../graph/Canvas').then(({ Canvas }) => ({ default: Canvas })));

interface Props {
  graph: Graph | null;
  store: StepStore;
  step: string | null;
  asList: boolean;
  onSelect: (state: string) => void;
  onShowAs: (as: 'graph' | 'list') => void;
  inspect: (node: GraphNode) => ReactNode;
}

/** The states of the definition, or the tasks, and what became of them: drawn, or as a list. */
export function GraphTab({ graph, store, step, asList, onSelect, onShowAs, inspect }: Props) {
  if (graph === null) return <p className="empty">The definition cannot be drawn. The tab “Definition” has its text.</p>;
  const node = graph.nodes.find(({ id }) => id === step);
  return (
    <div className="split">
      <div className="graph-side">
        <div className="segments" role="group" aria-label="Show the steps as">
          <button type="button" aria-pressed={!asList} onClick={() => onShowAs('graph')}>Graph</button>
          <button type="button" aria-pressed={asList} onClick={() => onShowAs('list')}>List</button>
        </div>
        {asList ? (
          <StepList graph={graph} store={store} step={step} onSelect={onSelect} />
        ) : (
          <Suspense fallback={null}>
            <Canvas graph={graph} store={store} step={step} onSelect={onSelect} />
          </Suspense>
        )}
      </div>
      {node ? (
        inspect(node)
      ) : (
        <aside className="inspector" aria-label="Step">
          <p className="hint">Select a step to see its input, its output and how it went.</p>
        </aside>
      )}
    </div>
  );
}
