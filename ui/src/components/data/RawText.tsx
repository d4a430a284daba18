import { useEffect, useRef } from 'react';
import { t } from '../../i18n/text';

/** More than this is shown in part; the copy is whole. */
const SHOWN_CHARS = 200_000;

interface Props {
  label: string;
  text: string;
  needle: string;
  /** Where the needle was found, and which of these places is looked at. */
  places: readonly number[];
  current: number;
}

/** A text as it is stored. */
export function RawText({ label, text, needle, places, current }: Props) {
  const here = useRef<HTMLElement>(null);
  useEffect(() => {
    here.current?.scrollIntoView({ block: 'nearest' });
  }, [current, needle]);
  const shown = text.slice(0, SHOWN_CHARS);
  const seen = places.filter((place) => place < SHOWN_CHARS);
  return (
    <>
      {/* A region that scrolls must be reached by the keyboard. */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {seen.map((place, at) => (
          <span key={place}>
            {shown.slice(at === 0 ? 0 : seen[at - 1]! + needle.length, place)}
            <mark ref={at === current ? here : null} className={at === current ? 'found current' : 'found'}>
              {shown.slice(place, place + needle.length)}
            </mark>
          </span>
        ))}
        {shown.slice(seen.length === 0 ? 0 : seen.at(-1)! + needle.length)}
      </pre>
      {text.length > SHOWN_CHARS && <p className="hint">{t('common.cut')}</p>}
    </>
  );
}
