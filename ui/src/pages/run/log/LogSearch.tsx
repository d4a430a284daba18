import { type RefObject, useEffect, useState } from 'react';
import { t } from '../../../i18n/text';
import { amount } from '../../../state/format';
import { useKeys } from '../../../state/keys';
import type { LogReader } from './LogReader';

interface Props {
  field: RefObject<HTMLInputElement | null>;
  text: string;
  reader: LogReader;
  onSearch: (text: string) => void;
  /** Brings a line into sight. */
  onSee: (line: number) => void;
  /** Whether the address names lines: those are seen first. */
  isPlaced: boolean;
}

/** Looks for a text in a log, and goes from one line with it to the next, among all the others. */
export function LogSearch({ field, text, reader, onSearch, onSee, isPlaced }: Props) {
  const [hit, setHit] = useState<number | null>(null);
  const [written, setWritten] = useState(text);
  useEffect(() => setWritten(text), [text]);
  const count = reader.hits?.count ?? 0;
  const go = (place: number) => {
    if (count === 0) return;
    const next = (place + count) % count;
    setHit(next);
    onSee(reader.hits!.at(next)!);
  };
  const by = (step: 1 | -1) => go(hit === null ? (step === 1 ? 0 : -1) : hit + step);
  useEffect(() => setHit(null), [reader, text]);
  const isFirst = hit === null && count > 0 && !isPlaced;
  useEffect(() => {
    if (isFirst) go(0);
  }, [isFirst]);
  useKeys({ n: () => by(1), N: () => by(-1) });
  return (
    <>
      <form
        className="query"
        onSubmit={(event) => {
          event.preventDefault();
          if (written.trim() === text) by(1);
          else onSearch(written.trim());
        }}
      >
        <label>
          {t('logs.search')}{' '}
          <input
            ref={field}
            value={written}
            onChange={({ target }) => setWritten(target.value)}
            className="mono"
            placeholder={t('logs.searchHint')}
            spellCheck={false}
            autoComplete="off"
            enterKeyHint="search"
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !event.shiftKey || written.trim() !== text) return;
              event.preventDefault();
              by(-1);
            }}
          />
        </label>
      </form>
      {text !== '' && (
        <span className="log-hits">
          <span className="hint" role="status">{told(hit, count, reader.isSearching, text)}</span>
          <button type="button" disabled={count === 0} aria-label={t('logs.previousHit')} title={t('logs.previousHit')} onClick={() => by(-1)}>
            ↑
          </button>
          <button type="button" disabled={count === 0} aria-label={t('logs.nextHit')} title={t('logs.nextHit')} onClick={() => by(1)}>
            ↓
          </button>
        </span>
      )}
    </>
  );
}

function told(hit: number | null, count: number, isSearching: boolean, text: string): string {
  if (count === 0) return isSearching ? t('logs.searching') : t('logs.noLine', { text });
  return hit === null ? t('logs.hits', { n: count }) : t('logs.hitOf', { hit: amount(hit + 1), all: amount(count) });
}
