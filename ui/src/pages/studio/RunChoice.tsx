import type { RunItem } from '../../api/schema';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { instant } from '../../state/format';

/** Runs that can be chosen. */
const SHOWN = 20;

interface Props {
  label: string;
  runs: readonly RunItem[];
  value: string;
  onChoose: (run: string) => void;
}

/** A run of the past, by its name and when it began; nothing where there is none. */
export function RunChoice({ label, runs, value, onChoose }: Props) {
  if (runs.length === 0) return null;
  return (
    <Field label={label}>
      <select value={value} onChange={({ target }) => onChoose(target.value)}>
        {value === '' && <option value="" disabled>{t('common.choose')}</option>}
        {runs.slice(0, SHOWN).map(({ id, name, started }) => (
          <option key={id} value={id}>{name}, {instant(started)}</option>
        ))}
      </select>
    </Field>
  );
}
