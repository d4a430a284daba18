import { type KeyboardEvent, useRef, useState } from 'react';
import type { Key } from '../../i18n/catalogue';
import { t } from '../../i18n/text';
import { ranked } from '../../state/ranks';
import { DRAGGED, type Group, type Kind, labelOf } from '../../studio/kinds';
import type { Writing } from '../../studio/writing';

interface Props {
  writing: Writing;
  onChoose: (kind: string) => void;
  /** Whether steps are taken from here to the graph. */
  isDragged?: boolean;
}

const GROUPS: readonly Group[] = ['Flow', 'Services', 'Actions', 'Waits'];
const told = ({ says }: Kind) => t(`studio.kind${says}` as Key);

/** Returns the kinds that a few letters mean: by their names first, then by what they do. */
function found({ kinds, named }: Writing, text: string): Kind[] {
  const byName = ranked(kinds.map((kind) => ({ kind, label: labelOf(kind) })), text);
  const byWords = ranked(kinds.map((kind) => ({ kind, label: told(kind) })), text);
  const other = named(text);
  const all = new Set([...byName, ...byWords].map(({ kind }) => kind));
  return [...all, ...(other && ![...all].some(({ id }) => id === other.id) ? [other] : [])];
}

/** All kinds of steps, in groups; what is typed narrows them. */
export function StepPalette({ writing, onChoose, isDragged = false }: Props) {
  const [text, setText] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const wanted = text.trim();
  const finds = wanted === '' ? writing.kinds : found(writing, wanted);
  const press = (event: KeyboardEvent) => {
    const buttons = [...list.current!.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'ArrowDown') buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === 'ArrowUp' && at > 0) buttons[at - 1]!.focus();
    else if (event.key === 'Enter' && at < 0 && finds[0]) onChoose(finds[0].id);
    else return;
    event.preventDefault();
  };
  const groups = wanted === '' ? GROUPS.map((group) => ({ group, kinds: finds.filter((kind) => kind.group === group) })) : [{ group: null, kinds: finds }];
  return (
    // What is pressed in the field and on the buttons leads from one to the next.
    <div className="step-palette" onKeyDown={press}>
      <input
        aria-label={t('studio.findStep')}
        placeholder={t('studio.findStep')}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <div className="kind-groups" ref={list}>
        {groups.map(({ group, kinds }) => kinds.length > 0 && (
          <div key={group} role="group" aria-label={group ? t(`studio.group${group}`) : t('studio.findStep')}>
            {group && <p className="kind-head">{t(`studio.group${group}`)}</p>}
            <ul className="kinds">
              {kinds.map((kind) => <Offer key={kind.id} kind={kind} isDragged={isDragged} onChoose={onChoose} />)}
            </ul>
          </div>
        ))}
        {finds.length === 0 && <p className="hint" role="status">{t('studio.noKind')}</p>}
      </div>
    </div>
  );
}

function Offer({ kind, isDragged, onChoose }: { kind: Kind; isDragged: boolean; onChoose: (kind: string) => void }) {
  return (
    <li
      draggable={isDragged}
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(DRAGGED, kind.id);
        dataTransfer.effectAllowed = 'copy';
      }}
    >
      <button type="button" title={isDragged ? told(kind) : undefined} onClick={() => onChoose(kind.id)}>
        <b className="cut">{labelOf(kind)}</b>
        <span className="hint">{told(kind)}</span>
      </button>
    </li>
  );
}
