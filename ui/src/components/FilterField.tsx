import { useEffect } from 'react';
import { t } from '../i18n/text';
import type { List } from '../state/list';

/** Narrows the lists of a page down to what has a text in it. */
export function FilterField({ list: { q, field, onFilter } }: { list: List }) {
  // The address follows what is written; while somebody writes, the field is ahead of it.
  useEffect(() => {
    if (field.current && field.current !== document.activeElement) field.current.value = q;
  }, [field, q]);
  const leave = (input: HTMLInputElement) => {
    if (input.value === '') return input.blur();
    input.value = '';
    onFilter('');
  };
  return (
    <search className="filters">
      <label>
        {t('common.filter')}{' '}
        <input
          ref={field}
          name="filter"
          defaultValue={q}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => onFilter(target.value)}
          onKeyDown={({ key, currentTarget }) => key === 'Escape' && leave(currentTarget)}
        />
      </label>
    </search>
  );
}

