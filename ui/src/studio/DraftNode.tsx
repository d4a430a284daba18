import { memo, use } from 'react';
import type { NodeProps } from '../graph/Canvas';
import { CatchBadge, caught } from '../graph/CatchBadge';
import { StepFold } from '../graph/StepFold';
import { t } from '../i18n/text';
import { type Desk, DeskContext } from './desk';
import type { Handles } from './DraftCanvas';
import type { Mark } from './marks';

const SIGN: Record<Mark, string> = { added: '+', removed: '−', changed: '~' };
/** Nothing follows these. */
const ENDS = new Set(['Succeed', 'Fail']);

/** A step of a definition that is being written: what it does, what is wrong with it, and whether it is new. */
export const DraftNode = memo(function DraftNode({ node, isOpen, isSelected, hands }: NodeProps) {
  const desk = use(DeskContext);
  const [mark, problems] = [desk.marks.get(node.id), desk.problems.get(node.id) ?? 0];
  const isContainer = node.isContainer && isOpen;
  const name = node.label ?? node.id;
  const errors = caught(node.source).join(', ');
  const told = [
    name, mark && t(`studio.${mark}`), problems > 0 && t('studio.problems', { n: problems }), errors && t('graph.catches', { errors }),
  ].filter(Boolean);
  const names = ['step draft-step', mark ?? '', isContainer ? 'container' : '', isSelected ? 'selected' : '', problems > 0 ? 'wrong' : ''];
  return (
    <div className={names.filter(Boolean).join(' ')} data-step={node.id} data-mark={mark}>
      <button
        type="button"
        className="step-face"
        aria-label={told.join(', ')}
        aria-pressed={isSelected}
        onClick={() => hands.select(node.id)}
        onDoubleClick={() => node.isContainer && hands.toggle(node.id)}
      >
        <span className="step-sign" aria-hidden="true">{mark ? SIGN[mark] : ''}</span>
        <span className="step-name cut">{name}</span>
        {problems > 0 && <span className="step-problems">{problems}</span>}
        <span className="step-sub cut">{[node.kind, node.sub].filter(Boolean).join(' · ')}</span>
      </button>
      <CatchBadge source={node.source} />
      {node.isContainer && (
        <StepFold
          isOpen={isOpen}
          label={t(isOpen ? 'studio.fold' : 'studio.unfold', { name })}
          onToggle={() => hands.toggle(node.id)}
        />
      )}
      {desk.handles && !ENDS.has(node.kind) && <LinkHandle id={node.id} {...desk} handles={desk.handles} />}
    </div>
  );
});

/** A way is drawn from here: to a step, or to where a new one shall be. */
function LinkHandle({ id, linking, handles }: Pick<Desk, 'linking'> & { id: string; handles: Handles }) {
  return (
    <span
      className="step-link"
      data-drag=""
      title={t('studio.drawWay')}
      onPointerDown={(event) =>
        linking.begin(event, handles.others(id), (step) => (step === null ? handles.insert({ from: id }) : handles.connect({ from: id }, step)))
      }
    />
  );
}
