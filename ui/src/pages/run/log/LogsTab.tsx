import { getRouteApi, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { logFile } from '../../../api/logs';
import type { Run } from '../../../api/types';
import { Empty } from '../../../components/Empty';
import { Problem } from '../../../components/Problem';
import type { GraphNode } from '../../../graph/compile';
import { t } from '../../../i18n/text';
import type { LogStream, RunSearch } from '../../../router';
import { useChord, useKeys } from '../../../state/keys';
import { extended, readSelection, writeSelection } from '../../../state/lineSelection';
import { isOver } from '../../../state/status';
import { CopyLines } from './CopyLines';
import { LogLines } from './LogLines';
import { LogReader } from './LogReader';
import { LogSearch } from './LogSearch';
import '../../../styles/logs.css';

const route = getRouteApi('/runs/$id');

/** Writes which lines are shown as the address keeps it. */
function logSearch({ step, log, stream }: Record<'step' | 'log' | 'stream', string | undefined>): RunSearch {
  return { tab: 'logs', ...(step && { step }), ...(log && { log }), ...(stream && { stream: stream as LogStream }) };
}

/** What the tasks of a run wrote: followed, searched, kept as a file. */
export function LogsTab({ run, steps }: { run: Run; steps: readonly GraphNode[] }) {
  const { step, log: q = '', stream } = route.useSearch();
  const fragment = useLocation({ select: ({ hash }) => hash });
  const selection = readSelection(fragment);
  const navigate = useNavigate({ from: '/runs/$id' });
  const reader = useReader(run, step, stream, q);
  const { count } = reader.lines;
  const [isFollowing, setFollowing] = useState(selection === null && q === '');
  const [leftAt, setLeftAt] = useState(0);
  const [isWrapped, setWrapped] = useState(false);
  const [goal, setGoal] = useState(selection && { line: selection.from });
  /** What the address names because of what was done here. */
  const own = useRef(fragment);
  const field = useRef<HTMLInputElement>(null);
  const follow = (isWanted: boolean) => {
    setFollowing(isWanted);
    setLeftAt(count);
  };
  const see = (line: number) => {
    follow(false);
    setGoal({ line });
  };
  // The address may be changed by hand, or by going back.
  useEffect(() => {
    if (fragment !== own.current && selection) see(selection.from);
    own.current = fragment;
  }, [fragment]);
  // The browser's own search would only see the lines that are there.
  useChord('f', () => field.current?.focus());
  useKeys({ '/': () => field.current?.focus(), f: () => follow(!isFollowing), w: () => setWrapped((now) => !now) });
  const choose = (chosen: Partial<Record<'step' | 'log' | 'stream', string>>) =>
    void navigate({ search: logSearch({ step, log: q, stream, ...chosen }), hash: true, replace: true });
  const select = (line: number, isFar: boolean) => {
    const next = isFar ? extended(selection, line) : { from: line, to: line };
    const isSame = selection?.from === next.from && selection.to === next.to;
    own.current = isSame ? '' : writeSelection(next);
    void navigate({ search: logSearch({ step, log: q, stream }), hash: own.current, replace: true, resetScroll: false });
    if (!isFar) follow(false);
  };
  const news = count - leftAt;
  return (
    <div className="logs">
      <search className="filters">
        <label>
          {t('logs.step')}{' '}
          <select value={step ?? ''} onChange={({ target }) => choose({ step: target.value })}>
            <option value="">{t('logs.all')}</option>
            {step !== undefined && steps.every(({ id }) => id !== step) && <option value={step}>{step}</option>}
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
        <LogSearch field={field} text={q} reader={reader} onSearch={(log) => choose({ log })} onSee={see} isPlaced={selection !== null} />
        <button type="button" aria-pressed={isFollowing} onClick={() => follow(!isFollowing)}>
          {t('logs.follow')} <kbd>f</kbd>
        </button>
        <button type="button" aria-pressed={isWrapped} onClick={() => setWrapped(!isWrapped)}>
          {t('logs.wrap')} <kbd>w</kbd>
        </button>
        <a className="button" href={logFile(run.id, { task: step, stream })} download>
          {t('logs.download')}
        </a>
        {selection && <CopyLines reader={reader} selection={selection} />}
      </search>
      {reader.error !== null && <Problem error={reader.error} retry={() => reader.open()} />}
      {count === 0 && reader.isDone && reader.error === null ? (
        <Empty title={t('logs.nothing')} />
      ) : (
        <LogLines
          reader={reader}
          isFollowing={isFollowing}
          isWrapped={isWrapped}
          onScrollUp={() => isFollowing && follow(false)}
          mark={q}
          goal={goal}
          selection={selection}
          onSelect={select}
        />
      )}
      <p className="hint log-foot">
        <span role="status">{isOver(run.status) || reader.isDone ? t('logs.count', { n: count }) : t('logs.countMore', { n: count })}</span>
        {!isFollowing && count > 0 && (
          <button type="button" className="small" onClick={() => follow(true)}>
            {news > 0 && leftAt > 0 ? t('logs.toEndNew', { n: news }) : t('logs.toEnd')}
          </button>
        )}
      </p>
    </div>
  );
}

/** The log, read as it is written; the text that is searched for may change. */
function useReader(run: Run, task: string | undefined, stream: LogStream | undefined, text: string): LogReader {
  const reader = useMemo(() => new LogReader(run.id, { task, stream }), [run.id, task, stream]);
  useEffect(() => {
    reader.open();
    return () => reader.close();
  }, [reader]);
  useEffect(() => reader.search(text), [reader, text]);
  useSyncExternalStore(reader.subscribe, () => reader.version);
  // A run that was closed may go on.
  const isOpen = !isOver(run.status);
  useEffect(() => {
    if (isOpen && reader.isDone && reader.error === null) reader.open();
  }, [reader, isOpen]);
  return reader;
}
