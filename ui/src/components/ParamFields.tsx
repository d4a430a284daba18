import { useId } from 'react';
import { t } from '../i18n/text';
import { kindOf, type Param, type Texts, textOf } from '../state/params';

interface Props {
  params: readonly Param[];
  texts: Texts;
  mistakes: Texts;
  onChange: (texts: Texts) => void;
}

/** Fields for params: each by its type. */
export function ParamFields({ params, texts, mistakes, onChange }: Props) {
  return params.map((param) => (
    <ParamField
      key={param.name}
      param={param}
      text={texts[param.name] ?? ''}
      mistake={mistakes[param.name]}
      onChange={(text) => onChange({ ...texts, [param.name]: text })}
    />
  ));
}

interface FieldProps {
  param: Param;
  text: string;
  mistake: string | undefined;
  onChange: (text: string) => void;
}

function ParamField({ param, text, mistake, onChange }: FieldProps) {
  const id = useId();
  // What is missing is no mistake before somebody has written something.
  const isWrong = mistake !== undefined && text !== '';
  const shared = {
    id,
    value: text,
    required: param.required && param.default === undefined,
    'aria-invalid': isWrong,
    'aria-describedby': `${id}-about`,
    spellCheck: false,
    autoComplete: 'off',
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {param.title ?? param.name} {!param.required && <span className="hint">{t('common.optional')}</span>}
      </label>
      <Input param={param} shared={shared} />
      <span id={`${id}-about`} className={isWrong ? 'mistake' : 'hint'}>
        {isWrong ? mistake : [param.description, param.title && param.name].filter(Boolean).join(' · ')}
      </span>
    </div>
  );
}

function Input({ param, shared }: { param: Param; shared: React.ComponentProps<'input'> & { value: string } }) {
  const { onChange, ...rest } = shared;
  const change = onChange as unknown as (event: { target: { value: string } }) => void;
  const placeholder = param.default === undefined ? '' : t('common.ifLeftOut', { value: textOf(param, param.default) });
  const others = rest as Record<string, unknown>;
  switch (kindOf(param)) {
    case 'boolean':
    case 'choice': {
      const choices = param.choices ?? [true, false];
      return (
        <select {...others} onChange={change}>
          <option value="">{placeholder || t('common.choose')}</option>
          {choices.map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {String(choice)}
            </option>
          ))}
        </select>
      );
    }
    case 'json':
      return <textarea {...others} className="mono" rows={3} placeholder={placeholder || 'JSON'} onChange={change} />;
    case 'number':
      return <input {...others} className="mono" inputMode="decimal" placeholder={placeholder} onChange={change} />;
    case 'text':
      return <input {...others} type={param.secret ? 'password' : 'text'} placeholder={placeholder || (param.type ?? '')} onChange={change} />;
  }
}
