import { t } from '../i18n/text';
import type { Marks } from '../state/marks';
import type { Column } from './DataTable';

/** The column in which rows are marked. */
export function markColumn<T>(marks: Marks, rows: readonly T[], keyOf: (row: T) => string): Column<T> {
  const markable = rows.map(keyOf).filter((key) => marks.rows.has(key));
  const isAll = markable.length > 0 && markable.every((key) => marks.keys.has(key));
  return {
    name: t('common.mark'),
    head: (
      <input
        type="checkbox"
        className="mark"
        aria-label={t('common.markAll')}
        checked={isAll}
        disabled={markable.length === 0}
        ref={(box) => {
          if (box) box.indeterminate = !isAll && marks.keys.size > 0;
        }}
        onChange={({ target }) => marks.all(target.checked)}
      />
    ),
    width: '24px',
    cell: (row) => marks.rows.has(keyOf(row)) && (
      <input
        type="checkbox"
        className="mark"
        aria-label={t('common.markOne', { what: keyOf(row).split(':').at(-1) ?? '' })}
        checked={marks.keys.has(keyOf(row))}
        onClick={({ shiftKey }) => marks.toggle(keyOf(row), shiftKey)}
        onChange={() => undefined}
      />
    ),
  };
}
