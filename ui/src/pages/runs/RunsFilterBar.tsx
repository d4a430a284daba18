import { type RefObject, useId } from 'react';
import type { WorkflowItem } from '../../api/schema';
import type { RunStatus } from '../../api/types';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { type RunsSearch, SINCE } from '../../router';
import { isOfPipeline } from '../../state/arn';
import type { Known } from '../../state/queryWords';
import { lifted, queryOf, searchOf } from '../../state/runQuery';
import { isNarrowed, mannerOf } from '../../state/savedViews';
import { STATUSES } from '../../state/runStatuses';
import { ofRun, wordOf } from '../../state/status';
import { QueryField } from './QueryField';

interface Props {
  search: RunsSearch;
  workflows: readonly WorkflowItem[];
  onChange: (search: RunsSearch) => void;
  field: RefObject<HTMLInputElement | null>;
  /** What is wrong with the query. */
  mistake: unknown;
  /** Values that the runs shown have, by what they are searched by. */
  attributes: Known['attributes'];
}

/** Which runs are shown. The address says the same. */
export function RunsFilterBar({ search, workflows, onChange, field, mistake, attributes }: Props) {
  const mistakeId = useId();
  // What the text says shows in the selects, and what these say in the text.
  const shown = lifted(search, workflows);
  const set = (name: keyof RunsSearch, value: string) => {
    const { [name]: _, ...rest } = shown;
    onChange(value === '' ? rest : { ...rest, [name]: value });
  };
  const known = { workflows: options(undefined, workflows).map(({ name }) => name), attributes };
  return (
    <search className="filters">
      <label>
        {t('runs.state')}
        <select value={shown.status ?? ''} onChange={(event) => set('status', event.target.value)}>
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
        <select value={shown.workflow ?? ''} onChange={(event) => set('workflow', event.target.value)}>
          <option value="">{t('runs.all')}</option>
          {options(shown.workflow, workflows).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('runs.started')}
        <select value={shown.since ?? ''} onChange={(event) => set('since', event.target.value)}>
          <option value="">{t('runs.anyTime')}</option>
          {SINCE.map((since) => (
            <option key={since} value={since}>
              {t(`runs.${since}`)}
            </option>
          ))}
        </select>
      </label>
      <QueryField
        field={field}
        query={queryOf(shown, workflows)}
        known={known}
        isWrong={mistake !== null}
        mistakeId={mistakeId}
        onAsk={(text) => onChange(searchOf(text, search, workflows))}
      />
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
