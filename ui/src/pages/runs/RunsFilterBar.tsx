import { type RefObject, useEffect, useId } from 'react';
import type { WorkflowItem } from '../../api/schema';
import type { RunStatus } from '../../api/types';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { type RunsSearch, SINCE } from '../../router';
import { isOfPipeline } from '../../state/arn';
import { isNarrowed, mannerOf } from '../../state/savedViews';
import { STATUSES } from '../../state/runStatuses';
import { ofRun, wordOf } from '../../state/status';

/** The language of searches is the same in every language. */
const EXAMPLE = 'duration > 5m and name starts with nightly';

interface Props {
  search: RunsSearch;
  workflows: readonly WorkflowItem[];
  onChange: (search: RunsSearch) => void;
  field: RefObject<HTMLInputElement | null>;
  /** What is wrong with the query. */
  mistake: unknown;
}

/** Which runs are shown. The address says the same. */
export function RunsFilterBar({ search, workflows, onChange, field, mistake }: Props) {
  const mistakeId = useId();
  const set = (name: keyof RunsSearch, value: string) => {
    const { [name]: _, ...rest } = search;
    onChange(value === '' ? rest : { ...rest, [name]: value });
  };
  // The address may change beside the field, which keeps the focus.
  useEffect(() => {
    if (field.current) field.current.value = search.q ?? '';
  }, [field, search.q]);
  return (
    <search className="filters">
      <label>
        {t('runs.state')}
        <select value={search.status ?? ''} onChange={(event) => set('status', event.target.value)}>
          <option value="">{t('runs.all')}</option>
          {STATUSES.map((status: RunStatus) => (
            <option key={status} value={status}>
              {wordOf(ofRun(status))}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('runs.workflow')}
        <select value={search.workflow ?? ''} onChange={(event) => set('workflow', event.target.value)}>
          <option value="">{t('runs.all')}</option>
          {options(search.workflow, workflows).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('runs.started')}
        <select value={search.since ?? ''} onChange={(event) => set('since', event.target.value)}>
          <option value="">{t('runs.anyTime')}</option>
          {SINCE.map((since) => (
            <option key={since} value={since}>
              {t(`runs.${since}`)}
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
          {t('runs.query')}
          <input
            ref={field}
            name="q"
            className="mono"
            defaultValue={search.q}
            placeholder={EXAMPLE}
            spellCheck={false}
            autoComplete="off"
            enterKeyHint="search"
            aria-invalid={mistake !== null}
            aria-describedby={mistake === null ? undefined : mistakeId}
          />
        </label>
      </form>
      {isNarrowed(search) && (
        <button type="button" className="quiet" onClick={() => onChange(mannerOf(search))}>
          {t('runs.clear')}
        </button>
      )}
      {mistake !== null && (
        <div id={mistakeId} className="query-mistake">
          <Problem error={mistake} />
        </div>
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
