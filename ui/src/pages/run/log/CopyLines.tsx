import { useState } from 'react';
import { readLines } from '../../../api/logs';
import { t } from '../../../i18n/text';
import { piecesOfLine } from '../../../state/ansi';
import type { LineSelection } from '../../../state/lineSelection';
import type { LogReader } from './LogReader';

/** More lines are for files. */
const LINES_MAX = 20_000;

/** Copies the lines that are selected, with the times when they were written or without. */
export function CopyLines({ reader, selection: { from, to } }: { reader: LogReader; selection: LineSelection }) {
  const [isFailed, setFailed] = useState(false);
  const first = reader.lines.placeOf(from);
  const count = reader.lines.placeOf(to + 1) - first;
  const copy = async (withTimes: boolean) => {
    const lines = await readLines(reader.run, reader.filter, from - 1, count, AbortSignal.timeout(30_000));
    const texts = lines.map(({ at, text }) => (withTimes ? `${at} ` : '') + piecesOfLine(text).map((piece) => piece.text).join(''));
    await navigator.clipboard.writeText(texts.join('\n'));
  };
  const act = (withTimes: boolean) => copy(withTimes).then(() => setFailed(false), () => setFailed(true));
  const isMuch = count > LINES_MAX;
  return (
    <span className="log-hits">
      <span className="hint" role="status">{isFailed ? t('logs.notCopied') : isMuch ? t('logs.tooMuch', { n: LINES_MAX }) : t('logs.selected', { n: count })}</span>
      <button type="button" disabled={count === 0 || isMuch} onClick={() => void act(false)}>
        {t('logs.copy')}
      </button>
      <button type="button" disabled={count === 0 || isMuch} onClick={() => void act(true)}>
        {t('logs.copyTimes')}
      </button>
    </span>
  );
}
