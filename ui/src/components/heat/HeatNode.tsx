import { memo, use } from 'react';
import type { NodeProps } from '../../graph/Canvas';
import { StepFold } from '../../graph/StepFold';
import { t } from '../../i18n/text';
import { HeatContext, valueOf, wordsOf } from './heat';

/** A step of a workflow with what was measured of it: the fuller its bar, the more. */
export const HeatNode = memo(function HeatNode({ node, isOpen, isSelected, hands }: NodeProps) {
  const { of, figures, most } = use(HeatContext);
  const figure = figures.get(node.id);
  const words = wordsOf(of, figure);
  const share = figure && most > 0 ? valueOf(of, figure) / most : 0;
  const names = ['step', 'heat', `heat-${of}`, node.isContainer && isOpen ? 'container' : '', isSelected ? 'selected' : ''];
  return (
    <div
      className={names.filter(Boolean).join(' ')}
      style={{ '--share': `${share * 100}%` } as React.CSSProperties}
      data-step={node.id}
      data-heat={words}
    >
      <button
        type="button"
        className="step-face"
        aria-label={t('heat.node', { name: node.label ?? node.id, heat: words })}
        aria-pressed={isSelected}
        onClick={() => hands.select(node.id)}
        onDoubleClick={() => node.isContainer && hands.toggle(node.id)}
      >
        <span className="step-name cut">{node.label ?? node.id}</span>
        <span className="step-time">{words}</span>
        <span className="step-sub cut">{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
      </button>
      {node.isContainer && (
        <StepFold
          isOpen={isOpen}
          label={isOpen ? t('graph.fold', { name: node.id }) : t('graph.open', { name: node.id })}
          onToggle={() => hands.toggle(node.id)}
        />
      )}
      <i className="heat-bar" aria-hidden="true" />
    </div>
  );
});
