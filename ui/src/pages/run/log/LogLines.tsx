import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { WrittenLine } from '../../../api/logs';
import { t } from '../../../i18n/text';
import { instant } from '../../../state/format';
import type { LineSelection } from '../../../state/lineSelection';
import type { LogReader } from './LogReader';
import { LogText } from './LogText';
import { useRows } from './useRows';

/** So near to the end is at the end. */
const END_PX = 40;

interface Props {
  reader: LogReader;
  isFollowing: boolean;
  isWrapped: boolean;
  /** The text that is searched for. */
  mark: string;
  /** The line to be seen now: another object brings it into sight again. */
  goal: { line: number } | null;
  selection: LineSelection | null;
  /** A line is selected, or the selection is to go as far as it. */
  onSelect: (line: number, isFar: boolean) => void;
  /** The reader looks further up: nothing may move away. */
  onScrollUp: () => void;
}

/** Lines of a log, of which only those that are seen are there. */
export function LogLines({ reader, isFollowing, isWrapped, mark, goal, selection, onSelect, onScrollUp }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const { count } = reader.lines;
  const rows = useRows(scroller, count);
  const isEven = !isWrapped && open.size === 0;
  const wasWrapped = useRef(isWrapped);
  useEffect(() => {
    if (wasWrapped.current !== isWrapped) rows.forget();
    wasWrapped.current = isWrapped;
  }, [isWrapped]);
  useLayoutEffect(() => {
    if (!isEven) rows.measure();
  });
  useLayoutEffect(() => {
    if (isFollowing && count > 0) rows.goTo(count - 1);
  }, [isFollowing, count, rows.height]);
  // It may be among the lines that are still to be found.
  const isThere = goal !== null && (reader.isRead || reader.lines.last >= goal.line);
  useLayoutEffect(() => {
    if (isThere) rows.goTo(Math.min(reader.lines.placeOf(goal.line), count - 1));
  }, [goal, isThere]);
  const scroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    if (scrollTop < before.current && scrollHeight - scrollTop - clientHeight > END_PX) onScrollUp();
    before.current = scrollTop;
    rows.scroll();
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === 'Home') {
      onScrollUp();
      rows.goTo(0);
    } else if (event.key === 'End') {
      rows.goTo(count - 1);
    } else if (by !== undefined && event.shiftKey) {
      const at = selection ? reader.lines.placeOf(by < 0 ? selection.from : selection.to) + by : rows.first;
      const line = reader.lines.at(at);
      if (line !== undefined) onSelect(line, true);
    } else {
      return;
    }
    event.preventDefault();
  };
  const toggle = (line: number) => {
    const next = new Set(open);
    if (!next.delete(line)) next.add(line);
    if (next.size === 0 && !isWrapped) rows.forget();
    setOpen(next);
  };
  const places = Array.from({ length: Math.max(0, rows.last - rows.first) }, (_, at) => rows.first + at);
  return (
    <div
      className={isWrapped ? 'log wrapped' : 'log'}
      ref={scroller}
      role="log"
      aria-live="off"
      aria-label={t('logs.lines')}
      tabIndex={0}
      onScroll={scroll}
      onKeyDown={press}
    >
      <div style={{ height: rows.height, position: 'relative' }}>
        {places.map((place) => {
          const [line, number] = [reader.line(place), reader.lines.at(place)!];
          const isChosen = selection !== null && number >= selection.from && number <= selection.to;
          const classes = ['log-line', line?.stream === 'stderr' && 'bad', isChosen && 'chosen', number === goal?.line && 'current'];
          return (
            <div key={number} data-index={place} className={classes.filter(Boolean).join(' ')} style={{ transform: `translateY(${rows.offsetOf(place)}px)` }}>
              <button type="button" className="log-number" tabIndex={-1} aria-pressed={isChosen} onClick={(event) => onSelect(number, event.shiftKey)}>
                {number}
              </button>
              {line && <Written line={line} mark={mark} isOpen={open.has(number)} onToggle={() => toggle(number)} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Written({ line, mark, isOpen, onToggle }: { line: WrittenLine; mark: string; isOpen: boolean; onToggle: () => void }) {
  return (
    <>
      <time dateTime={line.at} title={line.at}>{instant(line.at)}</time>
      <span className="log-state cut" title={line.state}>{line.state}</span>
      <LogText text={line.text} mark={mark} isOpen={isOpen} onToggle={onToggle} />
    </>
  );
}
