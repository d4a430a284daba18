import { t } from '../../i18n/text';
import type { RunsSearch } from '../../router';
import { columnsText, NO_COLUMNS } from '../../state/columnNames';
import { useRoomy } from '../../state/media';
import { columnsFor, columnsShown, isOwn } from '../../state/runColumns';

interface Props {
  search: RunsSearch;
  /** What the runs that are shown are searched by. */
  found: readonly string[];
  onChange: (search: RunsSearch) => void;
}

/** Which columns the list has beside those that are always there. */
export function ChooseColumns({ search: { columns, ...rest }, found, onChange }: Props) {
  const chosen = columnsShown(columns, useRoomy());
  const choose = (names: readonly string[]) => {
    onChange({ ...rest, columns: columnsText(names) ?? NO_COLUMNS });
  };
  return (
    <details
      className="choose-columns"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
      }}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Escape') currentTarget.open = false;
      }}
    >
      <summary>{t('runs.columns')}</summary>
      <div>
        {columnsFor(found, chosen).map((name) => (
          <label key={name} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={({ target }) => choose(target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
            />
            {isOwn(name) ? t(`runs.${name}`) : name}
          </label>
        ))}
      </div>
    </details>
  );
}
