/** What rows are ordered by: texts as a reader expects them, numbers and instants by size. */
export type SortValue = string | number | undefined;

/** A column that rows can be ordered by. */
export interface Sortable<T> {
  /** Its name in the address. */
  by: string;
  of: (row: T) => SortValue;
}

/** Which column rows are ordered by, as an address has it: `name`, or `-name` from its end. */
export type Sort = string | undefined;

/** How a column is ordered now, as assistive technology is told. */
export type Direction = 'ascending' | 'descending' | 'none';

export function directionOf(sort: Sort, by: string): Direction {
  if (sort === by) return 'ascending';
  return sort === `-${by}` ? 'descending' : 'none';
}

/** Returns what another press on the head of a column makes of the order: up, down, and as it was. */
export function next(sort: Sort, by: string): Sort {
  const direction = directionOf(sort, by);
  if (direction === 'none') return by;
  return direction === 'ascending' ? `-${by}` : undefined;
}

/** Returns rows in the order of a column; those that have nothing there are last either way. */
export function sorted<T>(rows: readonly T[], columns: readonly { sort?: Sortable<T> }[], sort: Sort): readonly T[] {
  const column = columns.find((one) => one.sort && directionOf(sort, one.sort.by) !== 'none')?.sort;
  if (!column) return rows;
  const sign = directionOf(sort, column.by) === 'ascending' ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [one, other] = [column.of(a), column.of(b)];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return sign * compare(one, other);
  });
}

function compare(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true, sensitivity: 'base' });
}
