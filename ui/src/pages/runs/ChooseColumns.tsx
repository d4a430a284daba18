import type { RunItem } from '../../api/types';
import { t } from '../../i18n/text';
import { columnsFor, VERSION } from '../../state/runColumns';

interface Props {
  rows: readonly RunItem[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** Which columns the list has beside those that are always there. */
export function ChooseColumns({ rows, chosen, onChange }: Props) {
  return (
    <details className="choose-columns">
      <summary>{t('runs.columns')}</summary>
      <div>
        {columnsFor(rows, chosen).map((name) => (
          <label key={name} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={({ target }) => onChange(target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
            />
            {name === VERSION ? t('runs.version') : name}
          </label>
        ))}
      </div>
    </details>
  );
}
