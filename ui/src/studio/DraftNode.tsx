import { Handle, Position } from '@xyflow/react';
import { memo, type RefObject } from 'react';
import type { GraphNode } from '../graph/compile';
import { t } from '../i18n/text';
import type { Mark } from './marks';

interface Data {
  node: GraphNode;
  isOpen: boolean;
  isSelected: boolean;
  toggle: (id: string) => void;
  select: RefObject<(id: string) => void>;
  marks: ReadonlyMap<string, Mark>;
  /** How many problems each step has. */
  problems: ReadonlyMap<string, number>;
}

const SIGN: Record<Mark, string> = { added: '+', removed: '−', changed: '~' };

/** A step of a definition that is being written: what it does, what is wrong with it, and whether it is new. */
export const DraftNode = memo(function DraftNode({ data }: { data: Data }) {
  const { node, isOpen, isSelected, marks } = data;
  const [mark, problems] = [marks.get(node.id), data.problems.get(node.id) ?? 0];
  const isContainer = node.isContainer && isOpen;
  const name = node.label ?? node.id;
  const told = [name, mark && t(`studio.${mark}`), problems > 0 && t('studio.problems', { n: problems })].filter(Boolean);
  const names = ['step draft-step', mark ?? '', isContainer ? 'container' : '', isSelected ? 'selected' : '', problems > 0 ? 'wrong' : ''];
  return (
    <div className={names.filter(Boolean).join(' ')} data-step={node.id} data-mark={mark}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <button
        type="button"
        className="step-face"
        aria-label={told.join(', ')}
        aria-pressed={isSelected}
        onClick={() => data.select.current(node.id)}
      >
        <span className="step-sign" aria-hidden="true">{mark ? SIGN[mark] : ''}</span>
        <span className="step-name cut">{name}</span>
        {problems > 0 && <span className="step-problems">{problems}</span>}
        <span className="step-sub cut">{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
      </button>
      {node.isContainer && (
        <button
          type="button"
          className="step-fold"
          aria-expanded={isOpen}
          aria-label={t(isOpen ? 'studio.fold' : 'studio.unfold', { name })}
          onClick={() => data.toggle(node.id)}
        >
          {isOpen ? '−' : '+'}
        </button>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
});
