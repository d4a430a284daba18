import type { ComponentProps } from 'react';
import { t } from '../i18n/text';
import type { List } from '../state/list';
import { DataTable } from './DataTable';
import { Empty } from './Empty';

interface Props<T> extends Omit<ComponentProps<typeof DataTable<T>>, 'order'> {
  list: List;
  /** What is looked through in a row. */
  textsOf: (row: T) => readonly (string | undefined)[];
}

/** Those rows of a list that fit what the address says, in its order; where there are more of them, they stay in that of the server. */
export function ListTable<T>({ list, textsOf, ...table }: Props<T>) {
  const { rows, fits = false, isMore = false } = table;
  const found = rows.filter((row) => list.fits(...textsOf(row)));
  if (found.length > 0) return <DataTable {...table} rows={found} {...(!isMore && { order: list })} />;
  const title = t('common.noneFits', { text: list.q });
  if (fits) return <p className="hint">{title}</p>;
  return (
    <Empty title={title}>
      <button type="button" onClick={() => list.onFilter('')}>
        {t('common.showAll', { n: rows.length })}
      </button>
    </Empty>
  );
}
