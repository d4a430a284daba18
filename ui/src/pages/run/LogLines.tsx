import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { WrittenLine } from '../../api/logs';
import { t } from '../../i18n/text';
import { instant } from '../../state/format';

const LINE_PX = 18;
const OVERSCAN = 20;
/** So near to the end is at the end. */
const END_PX = 40;
/** Colours for terminals. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

interface Props {
  lines: readonly WrittenLine[];
  isFollowing: boolean;
  isWrapped: boolean;
  /** The text that is searched for. */
  mark: string;
  /** The reader looks further up: nothing may move away. */
  onScrollUp: () => void;
}

/** Lines of a log, of which only those that are seen are there. */
export function LogLines({ lines, isFollowing, isWrapped, mark, onScrollUp }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [virtual, isWrapped]);
  useEffect(() => {
    if (isFollowing && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [virtual, isFollowing, lines.length]);
  const scroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    if (scrollTop < before.current && scrollHeight - scrollTop - clientHeight > END_PX) onScrollUp();
    before.current = scrollTop;
  };
  return (
    <div
      className={isWrapped ? 'log wrapped' : 'log'}
      ref={scroller}
      role="log"
      aria-live="off"
      aria-label={t('logs.lines')}
      tabIndex={0}
      onScroll={scroll}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index]!;
          return (
            <div
              key={key}
              ref={isWrapped ? virtual.measureElement : undefined}
              data-index={index}
              className={line.stream === 'stderr' ? 'log-line bad' : 'log-line'}
              style={{ transform: `translateY(${start}px)` }}
            >
              <span className="log-number">{line.line}</span>
              <time dateTime={line.at} title={line.at}>{instant(line.at)}</time>
              <span className="log-state cut" title={line.state}>{line.state}</span>
              <span className="log-text">
                <Marked text={line.text.replace(ESCAPES, '')} mark={mark} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Marked({ text, mark }: { text: string; mark: string }) {
  if (mark === '') return text;
  const at = text.toLowerCase().indexOf(mark.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + mark.length)}</mark>
      {text.slice(at + mark.length)}
    </>
  );
}
