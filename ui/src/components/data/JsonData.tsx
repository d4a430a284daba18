import { useMemo, useState } from 'react';
import { rowsOf, rowsWith } from '../../data/jsonRows';
import { t } from '../../i18n/text';
import { choice, useChoice } from '../../state/choice';
import { keepFile } from '../../state/files';
import { size } from '../../state/format';
import { CopyButton } from '../CopyButton';
import type { JsonViewProps } from '../JsonView';
import { JsonLines } from './JsonLines';
import { RawText } from './RawText';
import { Way } from './Way';
import { placesOf } from '../../data/places';
import { Tools } from './Tools';
import '../../styles/json.css';

/** How the reader looks at JSON, everywhere. */
export const showAs = choice('compasso.json', ['json', 'tree', 'raw']);
/** More than this is laid out only when it is wanted. */
const LAID_OUT_CHARS_MAX = 2_000_000;
/** So little needs no search. */
const SMALL_ROWS = 3;

/** JSON text in one of three forms, with a search and the way to the value that is selected. */
export function JsonData(props: JsonViewProps) {
  const { title, text } = props;
  const [isWanted, setWanted] = useState(false);
  if (text.length <= LAID_OUT_CHARS_MAX || isWanted) return <Laid key={text} {...props} />;
  return (
    <section className="json" aria-label={title}>
      <Head title={title} text={text} />
      <p className="hint">{t('data.large')}</p>
      <p className="actions">
        <button type="button" onClick={() => setWanted(true)}>{t('data.show')}</button>
        <button type="button" onClick={() => keepFile(`${title}.json`, text)}>{t('data.keep')}</button>
      </p>
    </section>
  );
}

function Head({ title, text }: JsonViewProps) {
  return (
    <header>
      <h2>{title}</h2>
      <span className="hint">{size(text)}</span>
      <CopyButton text={text} label={t('common.copyOf', { what: title })} />
    </header>
  );
}

function Laid({ title, text, roots = { jsonPath: '$', jsonata: '$states.input' } }: JsonViewProps) {
  const as = useChoice(showAs);
  const rows = useMemo(() => rowsOf(text), [text]);
  const [needle, setNeedle] = useState('');
  const [selected, select] = useState<number | null>(null);
  const [hit, setHit] = useState(0);
  const isRaw = as === 'raw';
  const hits = useMemo(() => (isRaw ? placesOf(text, needle) : rowsWith(rows, text, needle)), [isRaw, rows, text, needle]);
  const goTo = (next: number) => {
    const at = hits.length === 0 ? 0 : (next + hits.length) % hits.length;
    setHit(at);
    if (!isRaw && hits[at] !== undefined) select(hits[at]);
  };
  const search = (wanted: string) => {
    setNeedle(wanted);
    setHit(0);
    const first = isRaw ? undefined : rowsWith(rows, text, wanted)[0];
    if (first !== undefined) select(first);
  };
  const label = t('common.json', { what: title });
  return (
    <section className="json" aria-label={title}>
      <Head title={title} text={text} />
      {rows.length > SMALL_ROWS && (
        <Tools as={as} onShowAs={showAs.set} needle={needle} onSearch={search} hit={hit} hits={hits.length} onGo={(by) => goTo(hit + by)} />
      )}
      {isRaw ? (
        <RawText label={label} text={text} needle={needle} places={hits} current={hit} />
      ) : (
        <JsonLines label={label} text={text} rows={rows} as={as} needle={needle} selected={selected} onSelect={select} />
      )}
      {!isRaw && selected !== null && <Way text={text} rows={rows} at={selected} roots={roots} />}
    </section>
  );
}
