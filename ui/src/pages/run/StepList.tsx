import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { StepStatus } from '../../api/types';
import { StepState } from '../../components/StepState';
import type { Graph, GraphNode } from '../../graph/compile';
import { ancestors, useOpen } from '../../graph/fold';
import { Status } from '../../components/Glyph';
import { t } from '../../i18n/text';
import { between, duration } from '../../state/format';
import { leavesOf } from '../../state/status';
import type { StepStore } from '../../state/stepStore';
import { useStep } from '../../state/useStep';

const ROW_PX = 33;
const OVERSCAN = 12;
/** The buttons above the list stand over its beginning. */
const ABOVE_PX = 44;

interface Props {
  graph: Graph;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
  /** Only steps that have this status. */
  only: StepStatus | undefined;
  onShowAll: () => void;
  /** The containers that the address has open. */
  opened: readonly string[] | undefined;
  onOpened: (ids: readonly string[]) => void;
}

/** The steps in the order of the definition: for the keyboard, for screen readers, and for narrow pages. */
export function StepList(props: Props) {
  const { graph, store, step, onSelect, only, onShowAll, opened, onOpened } = props;
  const [open, toggle] = useOpen(graph, step, opened, onOpened);
  const around = useMemo(() => new Map(graph.nodes.map(({ id }) => [id, ancestors(graph, id)])), [graph]);
  const nodes = useShown(props, open, around);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: nodes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    paddingStart: only ? 0 : ABOVE_PX,
  });
  const at = nodes.findIndex(({ id }) => id === step);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
    // What the reader folds does not move the list.
  }, [virtual, step]);
  return (
    <div className="steps" ref={scroller}>
      {only && (
        <p className="only">
          <Status status={only} />
          <button type="button" className="quiet small" onClick={onShowAll}>{t('run.allStates')}</button>
          {nodes.length === 0 && <span className="hint">{t('run.noneInState')}</span>}
        </p>
      )}
      <ul aria-label={t('run.steps')} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const node = nodes[index]!;
          return (
            <li
              key={node.id}
              className={node.id === step ? 'current' : ''}
              aria-setsize={nodes.length}
              aria-posinset={index + 1}
              style={{ '--depth': around.get(node.id)!.length, transform: `translateY(${start}px)` } as React.CSSProperties}
            >
              <Row
                node={node}
                store={store}
                isCurrent={node.id === step}
                onSelect={onSelect}
                isOpen={open.has(node.id)}
                onToggle={node.isContainer && !only ? toggle : undefined}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Those that have the status; without one, those around which all is open. */
function useShown({ graph, store, only }: Props, open: ReadonlySet<string>, around: ReadonlyMap<string, string[]>): GraphNode[] {
  const version = useSyncExternalStore((listener) => store.subscribeAll(listener), () => (only ? store.version : 0));
  return useMemo(
    () =>
      only
        ? leavesOf(graph.nodes).filter(({ id }) => (store.get(id)?.status ?? 'not_reached') === only)
        : graph.nodes.filter(({ id }) => around.get(id)!.every((one) => open.has(one))),
    // The store is the same one for as long as the run is shown.
    [graph, store, only, open, around, version],
  );
}

interface RowProps {
  node: GraphNode;
  store: StepStore;
  isCurrent: boolean;
  onSelect: (state: string) => void;
  isOpen: boolean;
  onToggle: ((id: string) => void) | undefined;
}

function Row({ node, store, isCurrent, onSelect, isOpen, onToggle }: RowProps) {
  const step = useStep(store, node.id);
  return (
    <>
      <span>
        {onToggle && (
          <button
            type="button"
            className="fold"
            aria-expanded={isOpen}
            aria-label={isOpen ? t('graph.fold', { name: node.id }) : t('graph.open', { name: node.id })}
            onClick={() => onToggle(node.id)}
          >
            {isOpen ? '−' : '+'}
          </button>
        )}
        <button type="button" className="row-link cut" aria-current={isCurrent} onClick={() => onSelect(node.id)}>
          {node.label ?? node.id}
        </button>
      </span>
      <span className="hint cut">{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
      <span className="mono">{step?.left && step.left !== step.entered && duration(between(step.entered, step.left, 0))}</span>
      <StepState step={step} node={node} />
    </>
  );
}
