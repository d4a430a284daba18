import type { FocusEvent } from 'react';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { FieldOf, Form, Section, Writing } from '../../studio/writing';
import { FormField, leaveOnEnter, Written } from './FormField';
import { Rows } from './Rows';

interface Props {
  id: string;
  text: string;
  writing: Writing;
  onPut: (text: string) => void;
  onRenamed: (id: string) => void;
}

/** The members of a step as fields. What is entered becomes an edit of the text when a field is left. */
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
      {form.sections.map((section) => (
        <Part key={section.part ?? ''} section={section} id={id} text={text} form={form} writing={writing} onPut={onPut} />
      ))}
      {form.rest.length > 0 && <p className="hint form-rest">{t('studio.rest', { names: form.rest.join(', ') })}</p>}
    </section>
  );
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
  // What is needed against the rules can be given up, if not chosen.
  const offered = [...others, ...links.filter((link) => !others.includes(link))];
  return (
    <fieldset className="needs">
      <legend>{t('studio.needs')}</legend>
      {offered.map((other) => (
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

interface PartProps {
  section: Section;
  id: string;
  text: string;
  form: Form;
  writing: Writing;
  onPut: (text: string) => void;
}

const members = (value: unknown) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const at = (values: object, way: string) => way.split('.').reduce<unknown>((value, name) => members(value)[name], values);
const wayOf = (of: string | undefined, field: string) => (of === undefined ? [field] : [...of.split('.'), field]);

/** The value of a field. A member that is no map stands for the first of its fields. */
function valueOf({ values }: Form, { field, of }: FieldOf, isFirst: boolean): unknown {
  if (of === undefined) return values[field];
  const parent = at(values, of);
  return isFirst && parent !== undefined && typeof parent !== 'object' ? parent : members(parent)[field];
}

/** Whether a member is left to the text. */
function isLeft({ fixed }: Form, of: string | undefined, field: string): boolean {
  return fixed.has(of === undefined ? field : `${of}.${field}`) || fixed.has(`${of}.*`);
}

/** Fields that belong together; those that nobody has filled in are folded. */
function Part(props: PartProps) {
  const { section, id, form, onPut, text } = props;
  const { part, fields, rows = [] } = section;
  const isSet = [...fields.map(({ field, of }) => of ?? field), ...rows].some((name) => at(form.values, name) !== undefined);
  const inside = (
    <>
      {rows.map((list) => <Rows key={list} list={list} id={id} text={text} form={form} onPut={onPut} />)}
      {fields.map((field) => <Member key={field.field} {...props} field={field} />)}
    </>
  );
  if (part === undefined) return inside;
  return (
    <details open={isSet}>
      <summary>{t(`studio.part${part}`)}</summary>
      <div className="form-part">{inside}</div>
    </details>
  );
}

function Member({ section, field: one, id, text, form, writing, onPut }: PartProps & { field: FieldOf }) {
  const { field, of, as } = one;
  if (as === 'one') return <OneOf one={one} id={id} text={text} form={form} writing={writing} onPut={onPut} />;
  const isFirst = section.fields.find((other) => other.of === of)?.field === field;
  const isFixed = isLeft(form, of, field);
  return (
    <FormField {...one} value={valueOf(form, one, isFirst)} isFixed={isFixed} onSet={(value) => onPut(writing.set(text, id, wayOf(of, field), value))} />
  );
}

/** One of several members: which one, and its value. */
function OneOf({ one, id, text, form, writing, onPut }: Omit<PartProps, 'section'> & { one: FieldOf }) {
  const { field: usual, of, options = [] } = one;
  const present = of === undefined ? form.values : members(at(form.values, of));
  const field = options.find((name) => name in present) ?? usual;
  const value = valueOf(form, { ...one, field }, field === usual);
  const change = (to: string) => onPut(writing.set(writing.set(text, id, wayOf(of, to), value ?? ''), id, wayOf(of, field), undefined));
  return (
    <div className="one-of">
      <select aria-label={t('studio.which')} value={field} onChange={({ target }) => change(target.value)}>
        {options.map((option) => <option key={option}>{option}</option>)}
      </select>
      {isLeft(form, of, field) ? (
        <FormField {...one} field={field} value={value} isFixed onSet={() => undefined} />
      ) : (
        <Written {...one} field={field} value={value} onSet={(next) => onPut(writing.set(text, id, wayOf(of, field), next))} />
      )}
    </div>
  );
}
