import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api } from '../../api/client';
import type { Run, RunItem } from '../../api/types';
import { Answer } from '../../components/Answer';
import { type Column, DataTable } from '../../components/DataTable';
import { type Change, changesOf } from '../../data/jsonChanges';
import { jsonPath } from '../../data/jsonPaths';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';
import { bytes, instant } from '../../state/format';
import { ofRun, wordOf } from '../../state/status';

interface ChoiceProps {
  run: Run;
  other: string | undefined;
  onChange: (id: string) => void;
}

/** Chooses another run of the same workflow; the one before is nearest at hand. */
export function CompareWith({ run, other, onChange }: ChoiceProps) {
  const page = useQuery({ queryKey: ['runs', 'alike', run.workflow], queryFn: () => api.runs({ workflow: run.workflow }) });
  const others = (page.data?.items ?? []).filter(({ id }) => id !== run.id);
  const before = latestBefore(others, run.started);
  if (others.length === 0 && other === undefined) return null;
  return (
    <div className="filters">
      <label>
        {t('data.compareWith')}
        <select value={other ?? ''} onChange={({ target }) => onChange(target.value)}>
          <option value="">{t('data.noOther')}</option>
          {other !== undefined && !others.some(({ id }) => id === other) && <option value={other}>{runName(other)}</option>}
          {others.map(({ id, name, status, started }) => (
            <option key={id} value={id}>
              {t('data.other', { name, status: wordOf(ofRun(status)), time: instant(started) })}
            </option>
          ))}
        </select>
      </label>
      {other === undefined && before && (
        <button type="button" onClick={() => onChange(before.id)}>{t('data.compareBefore')}</button>
      )}
      {other !== undefined && <Link to="/runs/$id" params={{ id: other }} search={{ tab: 'data' }}>{t('data.openOther')}</Link>}
    </div>
  );
}

function latestBefore(runs: readonly RunItem[], started: string): RunItem | undefined {
  const before = runs.filter((run) => Date.parse(run.started) < Date.parse(started));
  return before.toSorted((one, another) => Date.parse(another.started) - Date.parse(one.started))[0];
}

/** How input and output differ from those of another run, value by value. */
export function CompareData({ run, other }: { run: Run; other: string }) {
  const view = useQuery({ queryKey: ['run', other], queryFn: () => api.view(other) });
  return (
    <Answer of={view} what={t('data.theOther')}>
      {({ run: compared }) => (
        <div className="sides compared">
          <Changes title={t('run.input')} before={compared.input} after={run.input} />
          {run.outputBytes !== undefined || compared.outputBytes !== undefined ? (
            <TooLarge size={Math.max(run.outputBytes ?? 0, compared.outputBytes ?? 0)} />
          ) : (
            <Changes title={t('run.output')} before={compared.output} after={run.output} />
          )}
        </div>
      )}
    </Answer>
  );
}

function TooLarge({ size }: { size: number }) {
  return (
    <section className="json" aria-label={t('run.output')}>
      <header>
        <h2>{t('run.output')}</h2>
      </header>
      <p className="hint">{t('data.notCompared', { size: bytes(size) })}</p>
    </section>
  );
}

interface ChangesProps {
  title: string;
  before: string | undefined;
  after: string | undefined;
}

function Changes({ title, before, after }: ChangesProps) {
  const changes = useMemo(() => (before !== undefined && after !== undefined ? changesOf(before, after) : null), [before, after]);
  return (
    <section className="json" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {changes && <span className="hint" role="status">{changes.length === 0 ? t('common.same') : t('data.differences', { n: changes.length })}</span>}
      </header>
      {changes === null && <p className="hint">{after === undefined ? t('data.missingHere') : t('data.missingThere')}</p>}
      {changes !== null && changes.length > 0 && (
        <DataTable label={title} fits wraps columns={columns()} rows={changes} keyOf={({ steps }) => steps.join('\n')} />
      )}
    </section>
  );
}

function columns(): readonly Column<Change>[] {
  return [
    { name: t('data.path'), width: 'minmax(90px, 1fr)', className: 'break mono', cell: ({ steps }) => <b>{jsonPath(steps, '$')}</b> },
    { name: t('data.there'), width: 'minmax(70px, 2fr)', className: 'break mono', cell: ({ before, after }) => <Value text={before} other={after} /> },
    { name: t('data.here'), width: 'minmax(70px, 2fr)', className: 'break mono', cell: ({ before, after }) => <Value text={after} other={before} /> },
  ];
}

/** A cell holds no more; input and output themselves are whole. */
const SHOWN_CHARS_MAX = 400;
/** So much of what is alike stands before what differs. */
const ALIKE_CHARS = 40;

/** A value; of a long one, what stands around where it begins to differ. */
function Value({ text, other = '' }: { text: string | undefined; other: string | undefined }) {
  if (text === undefined) return <i className="hint">{t('data.absent')}</i>;
  if (text.length <= SHOWN_CHARS_MAX) return text;
  let alike = 0;
  while (alike < text.length && text[alike] === other[alike]) alike++;
  const from = Math.max(0, alike - ALIKE_CHARS);
  const to = from + SHOWN_CHARS_MAX;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}
