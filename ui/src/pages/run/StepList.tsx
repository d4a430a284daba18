import { useSyncExternalStore } from 'react';
import type { StepStatus } from '../../api/types';
import type { Graph, GraphNode } from '../../graph/compile';
import { ancestors } from '../../graph/fold';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';
import type { StepStore } from '../../state/stepStore';
import { useStep } from '../../state/useStep';

interface Props {
  graph: Graph;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
  /** Only steps with entries that have this status. */
  only: StepStatus | undefined;
  onShowAll: () => void;
}

/** The steps in the order of the definition: for the keyboard, for screen readers, and for narrow pages. */
export function StepList({ graph, store, step, onSelect, only, onShowAll }: Props) {
  useSyncExternalStore((listener) => store.subscribeAll(listener), () => (only ? store.version : 0));
  const nodes = only ? graph.nodes.filter(({ id }) => only in (store.get(id)?.counts ?? {})) : graph.nodes;
  return (
    <ul className="steps" aria-label={t('run.steps')}>
      {only && (
        <li className="only">
          <Status status={only} />
          <button type="button" className="quiet small" onClick={onShowAll}>{t('run.allStates')}</button>
          {nodes.length === 0 && <span className="hint">{t('run.noneInState')}</span>}
        </li>
      )}
      {nodes.map((node) => (
        <Row
          key={node.id}
          node={node}
          depth={ancestors(graph, node.id).length}
          store={store}
          isCurrent={node.id === step}
          onSelect={onSelect}
        />
      ))}
    </ul>
  );
}

function Row(props: {
  node: GraphNode;
  depth: number;
  store: StepStore;
  isCurrent: boolean;
  onSelect: (state: string) => void;
}) {
  const { node, depth, store, isCurrent, onSelect } = props;
  const step = useStep(store, node.id);
  return (
    <li className={isCurrent ? 'current' : ''} style={{ '--depth': depth } as React.CSSProperties}>
      <button type="button" className="row-link" aria-current={isCurrent} onClick={() => onSelect(node.id)}>
        {node.label ?? node.id}
      </button>
      <span className="hint cut">{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
      <span className="mono">{step?.left && step.left !== step.entered && duration(between(step.entered, step.left, 0))}</span>
      <Status status={step?.status ?? 'not_reached'} />
    </li>
  );
}
