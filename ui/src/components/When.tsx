import { instant } from '../state/format';

/** An instant, in the reader's zone; whole when it is pointed at. */
export function When({ at, now }: { at: string | undefined; now?: number }) {
  if (at === undefined) return <span className="hint">–</span>;
  return (
    <time className="mono" dateTime={at} title={at}>
      {instant(at, now)}
    </time>
  );
}
