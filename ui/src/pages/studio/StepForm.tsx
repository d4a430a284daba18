import { type FocusEvent, useState } from 'react';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { FieldOf, Form, Writing } from '../../studio/writing';

interface Props {
  id: string;
  text: string;
  writing: Writing;
  onPut: (text: string) => void;
  onRenamed: (id: string) => void;
}

/** The common fields of a step. What is entered becomes an edit of the text when the field is left. */
export function StepForm({ id, text, writing, onPut, onRenamed }: Props) {
  const form = writing.form(text, id);
  if (!form) return null;
  const prefix = id.slice(0, id.lastIndexOf('.') + 1);
  const name = writing.links === 'many' ? id.slice(prefix.length) : id;
  const rename = ({ target }: FocusEvent<HTMLInputElement>) => {
    const next = writing.rename(text, id, target.value.trim());
    if (next === text) target.value = name;
    else onRenamed((writing.links === 'many' ? prefix : '') + target.value.trim());
    onPut(next);
  };
  const kind = String(form.values['Type'] ?? '');
  return (
    <section className="step-form" aria-label={t('studio.stepOf', { name: id })}>
      <h2>{kind ? `${name} · ${kind}` : name}</h2>
      <Field label={t('studio.name')}>
        <input defaultValue={name} key={name} spellCheck={false} onBlur={rename} onKeyDown={leaveOnEnter} />
      </Field>
      {writing.links === 'one' ? (
        <Next form={form} kind={kind} onLink={(links) => onPut(writing.link(text, id, links))} />
      ) : (
        <Needs form={form} onLink={(links) => onPut(writing.link(text, id, links))} />
      )}
      {writing.fields(kind).map(({ field, as }) => (
        <OneField key={field} field={field} as={as} value={form.values[field]} onSet={(value) => onPut(writing.set(text, id, field, value))} />
      ))}
    </section>
  );
}

function leaveOnEnter(event: React.KeyboardEvent<HTMLInputElement>): void {
  if (event.key === 'Enter') event.currentTarget.blur();
}

interface Links {
  form: Form;
  onLink: (links: readonly string[]) => void;
}

function Next({ form, kind, onLink }: Links & { kind: string }) {
  if (kind === 'Succeed' || kind === 'Fail') return null;
  const isChoice = kind === 'Choice';
  const field = isChoice ? 'Default' : 'Next';
  return (
    <Field label={field}>
      <select value={form.links[0] ?? ''} onChange={({ target }) => onLink(target.value === '' ? [] : [target.value])}>
        <option value="">{t(isChoice ? 'studio.noDefault' : 'studio.end')}</option>
        {form.others.map((other) => <option key={other}>{other}</option>)}
      </select>
    </Field>
  );
}

function Needs({ form: { links, others }, onLink }: Links) {
  return (
    <fieldset className="needs">
      <legend>{t('studio.needs')}</legend>
      {others.map((other) => (
        <label key={other} className="check">
          <input
            type="checkbox"
            checked={links.includes(other)}
            onChange={({ target }) => onLink(target.checked ? [...links, other] : links.filter((link) => link !== other))}
          />
          {other}
        </label>
      ))}
    </fieldset>
  );
}

/** A field is there if the step has it; others are offered empty. */
function OneField({ field, as, value, onSet }: FieldOf & { value: unknown; onSet: (value: unknown) => void }) {
  const [mistake, setMistake] = useState<string | null>(null);
  const shown = value === undefined ? '' : as === 'json' || typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
  const leave = ({ target }: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    if (target.value === shown) return;
    try {
      onSet(target.value === '' ? undefined : read(as, target.value));
      setMistake(null);
    } catch (error) {
      setMistake((error as Error).message);
    }
  };
  const common = { defaultValue: shown, spellCheck: false, 'aria-invalid': mistake !== null, onBlur: leave, className: 'mono' };
  return (
    <Field label={field} hint={mistake ?? undefined}>
      {as === 'json' || as === 'text' ? (
        <textarea key={shown} rows={Math.min(8, Math.max(2, shown.split('\n').length))} {...common} />
      ) : (
        <input key={shown} inputMode={as === 'number' ? 'numeric' : undefined} onKeyDown={leaveOnEnter} {...common} />
      )}
    </Field>
  );
}

function read(as: FieldOf['as'], text: string): unknown {
  if (as === 'json') return JSON.parse(text);
  if (as !== 'number') return text;
  const number = Number(text);
  if (Number.isNaN(number)) throw new Error(t('common.noNumber'));
  return number;
}
