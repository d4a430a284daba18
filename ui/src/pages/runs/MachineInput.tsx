import { useState } from 'react';
import { Field } from '../../components/Field';
import { FormOrJson, type InputAs } from '../../components/FormOrJson';
import { JsonMistake, JsonText } from '../../components/JsonText';
import { ParamFields } from '../../components/ParamFields';
import { t } from '../../i18n/text';
import { membersOf, withMember } from '../../state/inputForm';
import { read, type Texts } from '../../state/params';

interface Props {
  input: string;
  mistake: string | null;
  onInput: (input: string) => void;
  /** Told whether a field has what cannot be written into the input. */
  onBroken: (isBroken: boolean) => void;
}

/** The input of a state machine: its text, or a field for each of its members. */
export function MachineInput({ input, mistake, onInput, onBroken }: Props) {
  const [as, setAs] = useState<InputAs>('json');
  // What is not yet a value of its kind waits beside the text.
  const [unfinished, setUnfinished] = useState<Texts>({});
  const members = membersOf(input);
  const keep = (texts: Texts) => {
    setUnfinished(texts);
    onBroken(Object.keys(texts).length > 0);
  };
  const write = (name: string, written: string) => {
    const next = withMember(input, name, written);
    const { [name]: _, ...others } = unfinished;
    keep(next === null ? { ...others, [name]: written } : others);
    if (next !== null) onInput(next);
  };
  const texts: Texts = { ...Object.fromEntries((members ?? []).map(({ param, text }) => [param.name, text])), ...unfinished };
  const params = (members ?? []).map(({ param }) => param);
  return (
    <>
      <FormOrJson
        as={as}
        onChange={(next) => {
          setAs(next);
          keep({});
        }}
      />
      {as === 'json' ? (
        <>
          <Field label={t('runs.inputJson')}>
            <JsonText id="input" value={input} mistake={mistake} onChange={onInput} />
          </Field>
          <JsonMistake id="input" mistake={mistake} />
        </>
      ) : (
        <>
          {members === null && <p className="mistake" role="status">{t('runs.noForm')}</p>}
          {members?.length === 0 && <p className="hint">{t('runs.noMembers')}</p>}
          <ParamFields
            params={params}
            texts={texts}
            mistakes={read(params, texts).mistakes}
            onChange={(next) => Object.entries(next).forEach(([name, text]) => text !== texts[name] && write(name, text))}
          />
        </>
      )}
    </>
  );
}
