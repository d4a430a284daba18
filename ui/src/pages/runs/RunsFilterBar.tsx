import type { RefObject } from 'react';
import type { WorkflowItem } from '../../api/schema';
import type { RunStatus } from '../../api/types';
import { type RunsSearch, SINCE, type Since } from '../../router';
import { isOfPipeline } from '../../state/arn';
import { ofRun, STATUSES, WORD } from '../../state/status';

interface Props {
  search: RunsSearch;
  workflows: readonly WorkflowItem[];
  onChange: (search: RunsSearch) => void;
  field: RefObject<HTMLInputElement | null>;
}

/** Which runs are shown. The address says the same. */
export function RunsFilterBar({ search, workflows, onChange, field }: Props) {
  const set = (name: keyof RunsSearch, value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value === '' ? rest : { ...rest, [name]: value });
  };
  const isFiltered = Object.keys(search).length > 0;
  return (
    <search className="filters">
      <label>
        State
        <select value={search.status ?? ''} onChange={(event) => set('status', event.target.value)}>
          <option value="">All</option>
          {STATUSES.map((status: RunStatus) => (
            <option key={status} value={status}>
              {WORD[ofRun(status)]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Workflow
        <select value={search.workflow ?? ''} onChange={(event) => set('workflow', event.target.value)}>
          <option value="">All</option>
          {options(search.workflow, workflows).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Started
        <select value={search.since ?? ''} onChange={(event) => set('since', event.target.value)}>
          <option value="">At any time</option>
          {(Object.keys(SINCE) as Since[]).map((since) => (
            <option key={since} value={since}>
              {SINCE[since]}
            </option>
          ))}
        </select>
      </label>
      <form
        className="query"
        onSubmit={(event) => {
          event.preventDefault();
          set('q', String(new FormData(event.currentTarget).get('q')).trim());
        }}
      >
        <label>
          Query
          <input
            ref={field}
            name="q"
            className="mono"
            defaultValue={search.q}
            placeholder="duration > 5m and name starts with nightly"
            spellCheck={false}
            autoComplete="off"
            enterKeyHint="search"
          />
        </label>
      </form>
      {isFiltered && (
        <button type="button" className="quiet" onClick={() => onChange({})}>
          Clear
        </button>
      )}
    </search>
  );
}

/** Runs of Express workflows are not kept. What the address names is there in any case. */
function options(chosen: string | undefined, workflows: readonly WorkflowItem[]): { id: string; name: string }[] {
  const shown = workflows.filter(({ id, kind }) => kind === 'STANDARD' || isOfPipeline(id)).map(({ id, name }) => ({ id, name }));
  if (chosen && !shown.some(({ id }) => id === chosen)) {
    shown.push({ id: chosen, name: chosen.split(':').slice(6).join(':') || chosen });
  }
  return shown;
}
