import { memo, useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Step } from '../api/types';
import { Glyph } from '../components/Glyph';
import { t } from '../i18n/text';
import { amount, between, duration } from '../state/format';
import { countsOf, HUE, type StatusCount, wordOf, worst } from '../state/status';
import { useStep } from '../state/useStep';
import type { NodeProps } from './Canvas';
import { CatchBadge } from './CatchBadge';
import { StepFold } from './StepFold';

/** What most steps hold. */
const NOTHING: readonly string[] = [];
const NONE: readonly StatusCount[] = [];

/** A step of the graph. It is drawn anew when its own state changes, and for nothing else. */
export const StepNode = memo(function StepNode(props: NodeProps) {
  const { node, isOpen, isSelected, hands } = props;
  const step = useStep(props.store, node.id);
  const inside = useInside(props);
  const told = inside.length > 0 ? inside : apart(step);
  const own = step?.status ?? 'not_reached';
  const status = node.isContainer && !isOpen ? worst([own, ...inside.map(([status]) => status)]) : own;
  const names = ['step', `step-${status}`, node.isContainer && isOpen ? 'container' : '', isSelected ? 'selected' : ''];
  const took = step?.left ? between(step.entered, step.left, 0) : 0;
  const time = took > 0 ? duration(took) : '';
  const isElsewhere = node.isOfItems === true && step === undefined;
  const words = [!(node.isContainer && isOpen) && node.kind, node.sub, isElsewhere && t('graph.ofItems')];
  const entries = Object.values(step?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  return (
    <div
      className={names.filter(Boolean).join(' ')}
      style={{ '--hue': `var(--st-${HUE[status]})` } as React.CSSProperties}
      data-step={node.id}
      data-status={status}
    >
      <button
        type="button"
        className="step-face"
        aria-label={t('graph.node', { name: node.id, status: isElsewhere ? t('graph.ofItems') : wordOf(status) })}
        aria-pressed={isSelected}
        onClick={() => hands.select(node.id)}
        onDoubleClick={() => node.isContainer && hands.toggle(node.id)}
      >
        <Glyph status={status} />
        <span className="step-name cut" title={node.label ?? node.id}>{node.label ?? node.id}</span>
        <span className="step-time">{entries > 1 ? `×${amount(entries)}` : time}</span>
        <span className="step-sub cut">
          {told.length > 0 ? words.find(Boolean) : words.filter(Boolean).join(' · ')}
          {told.length > 0 && <Counts counts={told} />}
        </span>
      </button>
      <CatchBadge source={node.source} />
      {node.isContainer && (
        <StepFold
          isOpen={isOpen}
          label={isOpen ? t('graph.fold', { name: node.id }) : t('graph.open', { name: node.id })}
          onToggle={() => hands.toggle(node.id)}
        />
      )}
    </div>
  );
});

/** Returns how many entries of a step have each status, the worst first, if they differ. */
function apart(step: Step | undefined): readonly StatusCount[] {
  const counts = step ? countsOf([step]) : NONE;
  return counts.length > 1 ? counts : NONE;
}

/** How many entries have each status. */
function Counts({ counts }: { counts: readonly StatusCount[] }) {
  return (
    <span className="step-inside">
      {counts.map(([status, count]) => (
        <span key={status} title={`${wordOf(status)}: ${amount(count)}`}>
          <Glyph status={status} size={12} /> {amount(count)}
        </span>
      ))}
    </span>
  );
}

/** Returns how many entries of the steps inside a folded container have each status, the worst first. */
function useInside({ node, graph, store, isOpen }: NodeProps): readonly StatusCount[] {
  const inside = useMemo(() => {
    if (!node.isContainer || isOpen) return NOTHING;
    const found = new Set([node.id]);
    for (const { id, parent } of graph.nodes) if (parent !== null && found.has(parent)) found.add(id);
    found.delete(node.id);
    return [...found];
  }, [node, graph, isOpen]);
  const subscribe = useCallback(
    (listener: () => void) => {
      if (inside.length === 0) return () => undefined;
      const ends = inside.map((id) => store.subscribe(id, listener));
      return () => ends.forEach((end) => end());
    },
    [inside, store],
  );
  // The same counts are the same text: nothing is drawn anew for them.
  const told = useSyncExternalStore(subscribe, () =>
    inside.length === 0 ? '' : JSON.stringify(countsOf(inside.flatMap((id) => store.get(id) ?? []))),
  );
  return useMemo(() => (told === '' ? NONE : (JSON.parse(told) as StatusCount[])), [told]);
}
