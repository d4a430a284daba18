import { useEffect, useRef, useState } from 'react';
import { type LogFilter, readLog, type WrittenLine } from '../../api/logs';

/** Lines kept at once. */
export const LINES_MAX = 100_000;

interface Log {
  lines: readonly WrittenLine[];
  error: unknown;
  /** Whether no more lines come. */
  isDone: boolean;
  /** Whether there are more lines than are kept. */
  isCut: boolean;
}

const NOTHING: Log = { lines: [], error: null, isDone: false, isCut: false };

/** Reads the log of a run as it is written, from its beginning. */
export function useLog(run: string, { task, q, stream }: LogFilter): Log {
  const [log, setLog] = useState<Log>(NOTHING);
  const lines = useRef<WrittenLine[]>([]);
  useEffect(() => {
    const reading = new AbortController();
    lines.current = [];
    setLog(NOTHING);
    let frame = 0;
    const show = (more: Partial<Log>) => setLog({ ...NOTHING, lines: [...lines.current], ...more });
    const take = (news: WrittenLine[]) => {
      lines.current.push(...news.slice(0, LINES_MAX - lines.current.length));
      if (lines.current.length >= LINES_MAX) {
        reading.abort();
        show({ isDone: true, isCut: true });
      } else if (frame === 0) {
        // All that comes before the next frame is drawn in it.
        frame = requestAnimationFrame(() => {
          frame = 0;
          show({});
        });
      }
    };
    readLog(run, { task, q, stream }, reading.signal, take).then(
      () => {
        cancelAnimationFrame(frame);
        show({ isDone: true });
      },
      (error: unknown) => {
        if (!reading.signal.aborted) show({ isDone: true, error });
      },
    );
    return () => {
      cancelAnimationFrame(frame);
      reading.abort();
    };
  }, [run, task, q, stream]);
  return log;
}
