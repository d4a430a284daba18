import { useMemo } from 'react';
import { type Change, changesOf } from '../../data/jsonChanges';
import { jsonPath } from '../../data/jsonPaths';
import { t } from '../../i18n/text';
import { type Column, DataTable } from '../DataTable';

/** What is compared. */
export interface Sides {
  before: Side;
  after: Side;
}

interface Side {
  name: string;
  /** What is said where it has nothing. */
  missing: string;
}

interface Props {
  title: string;
  sides: Sides;
  before: string | undefined;
  after: string | undefined;
}

/** How two JSON texts differ, value by value. */
export function Changes({ title, sides, before, after }: Props) {
  const changes = useMemo(() => (before !== undefined && after !== undefined ? changesOf(before, after) : null), [before, after]);
  return (
    <section className="json" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {changes && <span className="hint" role="status">{changes.length === 0 ? t('common.same') : t('data.differences', { n: changes.length })}</span>}
      </header>
      {changes === null && <p className="hint">{(after === undefined ? sides.after : sides.before).missing}</p>}
      {changes !== null && changes.length > 0 && (
        <DataTable label={title} fits wraps columns={columns(sides)} rows={changes} keyOf={({ steps }) => steps.join('\n')} />
      )}
    </section>
  );
}

function columns({ before: there, after: here }: Sides): readonly Column<Change>[] {
  return [
    { name: t('data.path'), width: 'minmax(90px, 1fr)', className: 'break mono', cell: ({ steps }) => <b>{jsonPath(steps, '$')}</b> },
    { name: there.name, width: 'minmax(70px, 2fr)', className: 'break mono', cell: ({ before, after }) => <Value text={before} other={after} /> },
    { name: here.name, width: 'minmax(70px, 2fr)', className: 'break mono', cell: ({ before, after }) => <Value text={after} other={before} /> },
  ];
}

/** A cell holds no more; input and output themselves are whole. */
const SHOWN_CHARS_MAX = 400;
/** So much of what is alike stands before what differs. */
const ALIKE_CHARS = 40;

/** A value; of a long one, what stands around where it begins to differ. */
function Value({ text, other = '' }: { text: string | undefined; other: string | undefined }) {
  if (text === undefined) return <i className="hint">{t('data.absent')}</i>;
  if (text.length <= SHOWN_CHARS_MAX) return text;
  let alike = 0;
  while (alike < text.length && text[alike] === other[alike]) alike++;
  const from = Math.max(0, alike - ALIKE_CHARS);
  const to = from + SHOWN_CHARS_MAX;
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
}
