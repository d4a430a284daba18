import type { ReactNode } from 'react';
import { hasNext, type JsonRow } from '../../data/jsonRows';
import { placesOf } from '../../data/places';
import { t } from '../../i18n/text';
import { amount } from '../../state/format';
import { isMasked } from '../../data/masked';

/** Longer values are cut where there are many; the raw text and the copy are whole. */
const LINE_CHARS_MAX = 2_000;

interface Props {
  text: string;
  row: JsonRow;
  needle: string;
}

/** A value as JSON has it; one that is folded, or empty, in one line. */
export function AsJson({ text, rows, row, isFolded, needle }: Props & { rows: readonly JsonRow[]; isFolded: boolean }) {
  const { step, kind, count } = row;
  const isOpen = count > 0 && !isFolded;
  return (
    <>
      {typeof step === 'string' && (
        <>
          <b>
            <Found text={JSON.stringify(step)} needle={needle} />
          </b>
          {': '}
        </>
      )}
      {kind === 'leaf' ? <Leaf text={text} row={row} needle={needle} /> : bracket(row, 'open')}
      {isFolded && '…'}
      {kind !== 'leaf' && !isOpen && bracket(row, 'close')}
      {!isOpen && hasNext(rows, row) && ','}
      {isFolded && <span className="json-count"> {members(row)}</span>}
    </>
  );
}

/** A value by its name, without the signs of JSON. */
export function AsTree({ text, row, needle }: Props) {
  const { step, kind } = row;
  return (
    <>
      {step !== undefined && (
        <b>
          <Found text={String(step)} needle={needle} />
        </b>
      )}{' '}
      {kind === 'leaf' ? <Leaf text={text} row={row} needle={needle} /> : <span className="json-count">{members(row)}</span>}
    </>
  );
}

export function bracket({ kind }: JsonRow, side: 'open' | 'close'): string {
  if (side === 'open') return kind === 'object' ? '{' : '[';
  return kind === 'object' ? '}' : ']';
}

function Leaf({ text, row: { from, to }, needle }: Props) {
  const value = text.slice(from, Math.min(to, from + LINE_CHARS_MAX));
  const rest = to - from - value.length;
  return (
    <span {...(isMasked(value) && { title: t('data.masked') })}>
      <Found text={value} needle={needle} />
      {rest > 0 && <span className="json-count"> {t('data.more', { n: rest })}</span>}
    </span>
  );
}

/** What is searched for is marked wherever it stands. */
function Found({ text, needle }: { text: string; needle: string }): ReactNode {
  const places = placesOf(text, needle);
  if (places.length === 0) return text;
  return (
    <>
      {places.map((place, at) => (
        <span key={place}>
          {text.slice(at === 0 ? 0 : places[at - 1]! + needle.length, place)}
          <mark className="found">{text.slice(place, place + needle.length)}</mark>
        </span>
      ))}
      {text.slice(places.at(-1)! + needle.length)}
    </>
  );
}

function members({ kind, count }: JsonRow): string {
  return kind === 'list' ? `[${amount(count)}]` : `{${amount(count)}}`;
}
