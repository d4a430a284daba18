import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useState } from 'react';
import { api } from '../api/client';
import { pipelines } from '../api/pipelines';
import { isOfPipeline } from '../state/arn';
import { LINKS } from '../state/pages';
import { switchTheme } from '../state/theme';
import { Modal } from './Modal';

/** Most finds of a kind. */
const EACH_MAX = 8;

interface Find {
  id: string;
  kind: string;
  label: string;
  act: () => unknown;
}

/** Finds pages, workflows, pipelines and runs by a few letters, and goes there. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const finds = useFinds(text.trim());
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
    <Modal title="Find" onClose={onClose}>
      <div className="palette">
        <input
          autoFocus
          role="combobox"
          aria-label="Find pages, workflows and runs"
          aria-expanded="true"
          aria-controls="finds"
          aria-activedescendant={finds[current] && `find-${current}`}
          placeholder="A page, a workflow, the beginning of a run's name"
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
        <ul id="finds" role="listbox" aria-label="Found">
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
          {finds.length === 0 ? 'Nothing is called so' : '↑ ↓ choose, Enter goes there'}
        </p>
      </div>
    </Modal>
  );
}

function useFinds(text: string): Find[] {
  const navigate = useNavigate();
  const wanted = useDeferredValue(text);
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  const all = useQuery({ queryKey: ['pipelines'], queryFn: pipelines.list });
  const runs = useQuery({
    queryKey: ['palette', wanted],
    queryFn: () => api.runs({ q: `name starts with ${JSON.stringify(wanted)}` }),
    enabled: wanted !== '',
  });
  const fits = (label: string) => label.toLowerCase().includes(text.toLowerCase());
  const some = (found: Find[]) => found.filter(({ label }) => fits(label)).slice(0, EACH_MAX);
  return [
    ...LINKS.filter(({ label }) => fits(label)).map(({ to, label }) => ({
      id: to, kind: 'Page', label, act: () => navigate({ to }),
    })),
    ...(text === '' ? [] : some((all.data?.items ?? []).map(({ id, name }) => ({
      id, kind: 'Pipeline', label: name, act: () => navigate({ to: '/pipelines/$name', params: { name } }),
    })))),
    ...(text === '' ? [] : some((workflows.data?.items ?? []).filter(({ id }) => !isOfPipeline(id)).map(({ id, name }) => ({
      id, kind: 'Workflow', label: name, act: () => navigate({ to: '/workflows/$id', params: { id } }),
    })))),
    ...(text === '' ? [] : some((runs.data?.items ?? []).map(({ id, name, workflowName }) => ({
      id, kind: `Run of ${workflowName}`, label: name, act: () => navigate({ to: '/runs/$id', params: { id } }),
    })))),
    ...some([{ id: 'theme', kind: 'Action', label: 'Next theme', act: switchTheme }]),
  ];
}
