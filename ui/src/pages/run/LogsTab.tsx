import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { logFile } from '../../api/logs';
import type { Run } from '../../api/types';
import { Empty } from '../../components/Empty';
import { Problem } from '../../components/Problem';
import type { GraphNode } from '../../graph/compile';
import { t } from '../../i18n/text';
import { useChord, useKeys } from '../../state/keys';
import { isOver } from '../../state/status';
import type { LogStream, RunSearch } from '../../router';
import { LogLines } from './LogLines';
import { LINES_MAX, useLog } from './useLog';
import '../../styles/logs.css';

const route = getRouteApi('/runs/$id');

/** Writes which lines are shown as the address keeps it. */
function logSearch({ step, log, stream }: Record<'step' | 'log' | 'stream', string | undefined>): RunSearch {
  return { tab: 'logs', ...(step && { step }), ...(log && { log }), ...(stream && { stream: stream as LogStream }) };
}

/** What the tasks of a run wrote: followed, searched, kept as a file. */
export function LogsTab({ run, steps }: { run: Run; steps: readonly GraphNode[] }) {
  const { step, log: q = '', stream } = route.useSearch();
  const navigate = useNavigate({ from: '/runs/$id' });
  const [isFollowing, setFollowing] = useState(true);
  const [isWrapped, setWrapped] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const filter = { task: step, q: q || undefined, stream };
  const { lines, error, isDone, isCut } = useLog(run.id, filter);
  // The browser's own search would only see the lines that are there.
  useChord('f', () => field.current?.focus());
  useKeys({ '/': () => field.current?.focus(), f: () => setFollowing((now) => !now), w: () => setWrapped((now) => !now) });
  const choose = (chosen: Partial<Record<'step' | 'log' | 'stream', string>>) =>
    void navigate({ search: logSearch({ step, log: q, stream, ...chosen }), replace: true });
  return (
    <div className="logs">
      <search className="filters">
        <label>
          {t('logs.step')}{' '}
          <select value={step ?? ''} onChange={({ target }) => choose({ step: target.value })}>
            <option value="">{t('logs.all')}</option>
            {steps.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('logs.lines')}{' '}
          <select value={stream ?? ''} onChange={({ target }) => choose({ stream: target.value })}>
            <option value="">{t('logs.all')}</option>
            <option value="stdout">{t('logs.output')}</option>
            <option value="stderr">{t('logs.errors')}</option>
          </select>
        </label>
        <form
          className="query"
          onSubmit={(event) => {
            event.preventDefault();
            choose({ log: String(new FormData(event.currentTarget).get('q')).trim() });
          }}
        >
          <label>
            {t('logs.search')}{' '}
            <input key={q} ref={field} name="q" defaultValue={q} className="mono" placeholder={t('logs.searchHint')} spellCheck={false} autoComplete="off" enterKeyHint="search" />
          </label>
        </form>
        <button type="button" aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
          {t('logs.follow')} <kbd>f</kbd>
        </button>
        <button type="button" aria-pressed={isWrapped} onClick={() => setWrapped(!isWrapped)}>
          {t('logs.wrap')} <kbd>w</kbd>
        </button>
        <a className="button" href={logFile(run.id, filter)} download>
          {t('logs.download')}
        </a>
      </search>
      {error !== null && <Problem error={error} />}
      {isCut && <p className="hint">{t('logs.first', { n: LINES_MAX })}</p>}
      {lines.length === 0 && isDone && error === null ? (
        <Empty title={q ? t('logs.noLine', { text: q }) : t('logs.nothing')} />
      ) : (
        <LogLines lines={lines} isFollowing={isFollowing} isWrapped={isWrapped} onScrollUp={() => setFollowing(false)} mark={q} />
      )}
      <p className="hint" role="status">
        {isOver(run.status) || isDone ? t('logs.count', { n: lines.length }) : t('logs.countMore', { n: lines.length })}
      </p>
    </div>
  );
}
