import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useState } from 'react';
import { api } from '../api/client';
import { pipelines } from '../api/pipelines';
import type { RunItem } from '../api/types';
import { t } from '../i18n/text';
import { isOfPipeline } from '../state/arn';
import { labelOf, LINKS } from '../state/pages';
import { ranked } from '../state/ranks';
import { switchTheme } from '../state/theme';
import { Modal } from './Modal';

/** Most finds of a kind. */
const EACH_MAX = 8;
/** Pages of runs that are looked through for a name. */
const PAGES_MAX = 3;

interface Find {
  id: string;
  kind: string;
  label: string;
  act: () => unknown;
}

/** Finds pages, workflows, pipelines and runs by a few letters, and goes there. */
export function Palette({ onActs, onClose }: { onActs: (() => void) | undefined; onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const finds = useFinds(text.trim(), onActs);
  const current = Math.min(at, finds.length - 1);
  const choose = (find: Find | undefined) => {
    if (!find) return;
    onClose();
    find.act();
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && finds.length > 0) setAt((current + by + finds.length) % finds.length);
    else if (event.key === 'Enter') choose(finds[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal title={t('palette.title')} onClose={onClose}>
      <div className="palette">
        <input
          role="combobox"
          aria-label={t('palette.label')}
          aria-expanded="true"
          aria-controls="finds"
          aria-activedescendant={finds[current] && `find-${current}`}
          placeholder={t('palette.placeholder')}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
        <ul id="finds" role="listbox" aria-label={t('palette.found')}>
          {finds.map((find, index) => (
            <li
              key={find.id}
              id={`find-${index}`}
              role="option"
              aria-selected={index === current}
              onPointerMove={() => setAt(index)}
              onClick={() => choose(find)}
            >
              <span className="cut">{find.label}</span>
              <span className="hint">{find.kind}</span>
            </li>
          ))}
        </ul>
        <p className="hint" role="status">
          {finds.length === 0 ? t('palette.nothing') : t('palette.hint')}
        </p>
      </div>
    </Modal>
  );
}

/** Looks for runs with a text in their names. A page looks at a bounded number of runs, so that some have none. */
async function runsNamed(text: string): Promise<RunItem[]> {
  const found: RunItem[] = [];
  let next: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api.runs({ q: `name contains ${JSON.stringify(text)}` }, next);
    found.push(...answer.items);
    next = answer.next;
    if (next === undefined || found.length >= EACH_MAX) break;
  }
  return found;
}

/** What can be done on the page below, by the buttons of its head. */
function actionsOfPage(): Find[] {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('main .page-head .actions > button:enabled')];
  return buttons.map((button, at) => ({
    id: `action-${at}`, kind: t('palette.action'), label: button.innerText.trim(), act: () => button.click(),
  }));
}

function useFinds(text: string, onActs: (() => void) | undefined): Find[] {
  const navigate = useNavigate();
  const wanted = useDeferredValue(text);
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  const all = useQuery({ queryKey: ['pipelines'], queryFn: pipelines.list });
  const runs = useQuery({
    queryKey: ['palette', wanted],
    queryFn: () => runsNamed(wanted),
    enabled: wanted !== '',
  });
  const [actions] = useState(actionsOfPage);
  const some = (found: Find[]) => ranked(found, text).slice(0, EACH_MAX);
  const named = text === '' ? [] : [
    ...some((all.data?.items ?? []).map(({ id, name }) => ({
      id, kind: t('palette.pipeline'), label: name, act: () => navigate({ to: '/pipelines/$name', params: { name } }),
    }))),
    ...some((workflows.data?.items ?? []).filter(({ id }) => !isOfPipeline(id)).map(({ id, name }) => ({
      id, kind: t('palette.workflow'), label: name, act: () => navigate({ to: '/workflows/$id', params: { id } }),
    }))),
    ...some((runs.data ?? []).map(({ id, name, workflowName }) => ({
      id, kind: t('palette.run', { workflow: workflowName }), label: name, act: () => navigate({ to: '/runs/$id', params: { id } }),
    }))),
  ];
  const pages = LINKS.map((link) => ({ id: link.to, kind: t('palette.page'), label: labelOf(link), act: () => navigate({ to: link.to }) }));
  const always = [
    ...(onActs ? [{ id: 'acts', kind: t('palette.action'), label: t('palette.acts'), act: onActs }] : []),
    { id: 'theme', kind: t('palette.action'), label: t('palette.nextTheme'), act: switchTheme },
  ];
  return ranked([...some(actions), ...pages, ...named, ...always], text);
}
