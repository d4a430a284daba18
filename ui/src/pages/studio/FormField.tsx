import { type FocusEvent, useState } from 'react';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { isShown, meant, shown } from '../../studio/typed';
import type { FieldOf } from '../../studio/writing';

interface Props extends FieldOf {
  value: unknown;
  /** Whether the text alone can change it. */
  isFixed?: boolean;
  onSet: (value: unknown) => void;
}

/** One member of a step. What is entered becomes an edit of the text when the field is left. */
export function FormField(props: Props) {
  const { field, as, value, isFixed = false, isRequired = false, options = [], onSet } = props;
  if (isFixed || !isShown(as, value)) {
    return (
      <div className="left-to-text">
        <span className="mono">{field}</span>
        <span className="hint">{t('studio.inText')}</span>
      </div>
    );
  }
  if (as === 'check') {
    return (
      <label className="check">
        <input type="checkbox" checked={value === true} onChange={({ target }) => onSet(target.checked || undefined)} /> {field}
      </label>
    );
  }
  if (as === 'choice') {
    const isOther = typeof value === 'string' && !options.includes(value);
    return (
      <Field label={field}>
        <select value={String(value ?? '')} onChange={({ target }) => onSet(target.value === '' ? undefined : target.value)}>
          {!(isRequired && value !== undefined) && <option value="">{t('studio.unset')}</option>}
          {[...(isOther ? [value] : []), ...options].map((option) => <option key={option}>{option}</option>)}
        </select>
      </Field>
    );
  }
  return <Written {...props} />;
}

/** A value that is typed. */
export function Written({ field, as, value, options, onSet }: Props) {
  const [mistake, setMistake] = useState<string | null>(null);
  const text = shown(as, value);
  const leave = ({ target }: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    if (target.value === text) return setMistake(null);
    try {
      onSet(meant(as, target.value));
      setMistake(null);
    } catch (error) {
      setMistake((error as Error).message);
    }
  };
  const common = { defaultValue: text, spellCheck: false, 'aria-invalid': mistake !== null, onBlur: leave, className: 'mono' };
  const offered = options && as === 'line' ? `of-${field}` : undefined;
  return (
    <Field label={field} hint={mistake ?? undefined}>
      {as === 'json' || as === 'text' || text.includes('\n') ? (
        // The style tells by the placeholder whether there is something in it.
        <textarea key={text} placeholder=" " rows={Math.min(8, Math.max(2, text.split('\n').length))} {...common} />
      ) : (
        <input key={text} inputMode={as === 'number' ? 'numeric' : undefined} list={offered} onKeyDown={leaveOnEnter} {...common} />
      )}
      {offered && <datalist id={offered}>{options!.map((option) => <option key={option} value={option} />)}</datalist>}
    </Field>
  );
}

export function leaveOnEnter(event: React.KeyboardEvent<HTMLInputElement>): void {
  if (event.key === 'Enter') event.currentTarget.blur();
}
